"""Who is who in one simulation: a number for each agent, at all steps and in all branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iai_proxy.diagnosis.egos import Egos
from iai_proxy.diagnosis.identity.tracks import Tracks
from iai_proxy.lineage import Step
from iai_proxy.scene.trees import Tree

#: Steps whose bodies may say how large an agent is, as many as are looked at.
_MOST_DESCRIBED: Final = 3


class Cast:
    """The agents of a simulation, numbered from 0 in order of appearance.

    Args:
        tree: the simulation.
        tracks: of the whole run.
        egos: of the whole run.

    Attributes:
        at: by step the agents' numbers, in the client's order; each has one of its own, also where
            the client sent an agent twice.
        egos: those that the client drives itself.
        described: for each agent the steps that may say what it is: its first, and later ones with
            other properties.
    """

    def __init__(self, tree: Tree, tracks: Tracks, egos: Egos) -> None:
        self.at: dict[Step, tuple[int, ...]] = {}
        self.egos: set[int] = set()
        self.described: list[list[Step]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._by_list: dict[int, tuple[int, ...]] = {}  # steps share a list while no one comes
        latest: tuple[bytes, ...] = ()
        for step, joined in tree.steps.items():
            known = len(self.described)
            if joined.previous is None and joined.follows is not None:
                self._go_on(tracks.of[step], self.at[joined.follows])
            numbers = self.at[step] = self._numbered(tracks.of[step])
            self.egos.update(numbers[index] for index in egos.at(step) if index < len(numbers))
            properties = tuple(part.observation.properties for part in step.parts)
            if properties != latest or len(self.described) > known:
                self._describe(step, numbers)
            latest = properties

    def _numbered(self, tracked: Sequence[int]) -> tuple[int, ...]:
        if id(tracked) not in self._by_list:
            self._by_list[id(tracked)] = tuple(self._number(key) for key in _told_apart(tracked))
        return self._by_list[id(tracked)]

    def _number(self, key: tuple[int, int]) -> int:
        number = self._numbers.setdefault(key, len(self.described))
        if number == len(self.described):
            self.described.append([])
        return number

    def _go_on(self, tracked: Sequence[int], before: Sequence[int]) -> None:
        """Give agents behind a missing answer the numbers of those before it, by their places.

        The steps were joined because agents stand about where those at the same places stood.
        """
        for key, number in zip(_told_apart(tracked), before, strict=False):
            self._numbers.setdefault(key, number)

    def _describe(self, step: Step, numbers: Sequence[int]) -> None:
        for number in numbers:
            if len(self.described[number]) < _MOST_DESCRIBED:
                self.described[number].append(step)


def _told_apart(tracked: Sequence[int]) -> list[tuple[int, int]]:
    """Each track with how often it stands in the list before: nearly always 0."""
    if len(set(tracked)) == len(tracked):
        return [(track, 0) for track in tracked]
    return [(track, tracked[:place].count(track)) for place, track in enumerate(tracked)]
