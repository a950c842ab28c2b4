"""Which agents the client drives itself, as far as its requests tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.diagnosis.identity.tracks import Tracks, coordinates
from iai_proxy.lineage import JoinedStep, Step, sends_back

#: A state is overwritten if it differs from the answer by more than rounding to two decimals does.
_OVERWRITTEN: Final = 0.011
#: The share of the steps at which an ego is overwritten, and how many they are at least.
_MOST: Final = 0.5
_AT_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Egos:
    """The agents that a client drives itself.

    Attributes:
        named: the indices that the user named; None if they were inferred.
        by_simulation: inferred egos by the number of their simulation, as the indices at which they
            came in; simulations without any are left out.
        too_many: agents that are overwritten at most steps as well, but are more than half of their
            simulation's, and so are not taken for egos. Where all of several are, that is a mistake
            of another kind, and they are left out.
    """

    named: frozenset[int] | None
    by_simulation: Mapping[int, frozenset[int]] = field(default_factory=dict)
    too_many: Mapping[int, frozenset[int]] = field(default_factory=dict)
    _at: Mapping[Step, frozenset[int]] = field(default_factory=dict)

    def at(self, step: Step) -> frozenset[int]:
        """Return their indices at one step, in the client's order."""
        return self._at.get(step, frozenset())


def egos_of(
    steps: Sequence[JoinedStep], named: Collection[int] | None, tracks: Tracks | None = None
) -> Egos:
    """Return the egos of a run: the named ones, or else agents that are overwritten at most steps.

    They are followed when agents before them in the list leave or arrive. Each simulation has its
    own.

    Args:
        steps: all steps, in order.
        named: indices at which the egos come in; None to infer them.
        tracks: of these steps, if they are known.
    """
    if named is not None and not named:
        return Egos(frozenset())
    tracks = tracks or Tracks(steps)
    if named is not None:
        chosen = {agent for agent, index in tracks.first_index.items() if index in named}
        return Egos(frozenset(named), _at=tracks.indices(chosen))
    counts = _Counts(tracks, steps)
    egos: dict[int, set[int]] = {}
    too_many: dict[int, set[int]] = {}
    for simulation, compared in counts.compared.items():
        found = counts.mostly_overwritten(simulation)
        if found and _are_few(found, compared):
            egos[simulation] = found
        elif found and (found != set(compared) or len(found) == 1):
            too_many[simulation] = found
    at = tracks.indices({agent for found in egos.values() for agent in found})
    return Egos(None, _first_indices(tracks, egos), _first_indices(tracks, too_many), at)


def _first_indices(
    tracks: Tracks, agents: Mapping[int, Iterable[int]]
) -> dict[int, frozenset[int]]:
    return {
        simulation: frozenset(tracks.first_index[agent] for agent in found)
        for simulation, found in agents.items()
    }


class _Counts:
    """At how many steps each agent was compared with its answer, and at how many it was changed.

    Args:
        tracks: who is who.
        steps: all steps, in order.

    Attributes:
        compared: by simulation, for each agent.
        overwritten: likewise.
    """

    def __init__(self, tracks: Tracks, steps: Sequence[JoinedStep]) -> None:
        self._tracks = tracks
        self.compared: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self.overwritten: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for joined in steps:
            if joined.previous is not None:
                self._count(joined.simulation, joined.step, joined.previous)
        self._everywhere = self._overwritten_everywhere()

    def mostly_overwritten(self, simulation: int) -> set[int]:
        """Return the agents of a simulation that are overwritten at most steps."""
        compared, overwritten = self.compared[simulation], self.overwritten[simulation]
        return {
            agent
            for agent, times in overwritten.items()
            if times > _MOST * compared[agent]
            and (times >= _AT_LEAST or self._tracks.first_index[agent] in self._everywhere)
        }

    def _count(self, simulation: int, step: Step, previous: Step) -> None:
        before, after = self._tracks.of[previous], self._tracks.of[step]
        if before is after and _sends_back(step, previous):
            if len(step.first.sent) == len(after):
                self.compared[simulation].update(after)
            return
        sent, answered = coordinates(step, sent=True), coordinates(previous, sent=False)
        if len(sent) != 4 * len(after) or len(answered) != 4 * len(before):
            return
        if before is after and sent == answered:
            self.compared[simulation].update(after)
            return
        answered_states = dict(zip(before, _states(answered), strict=True))
        known = set(answered_states.values())
        for agent, state in zip(after, _states(sent), strict=True):
            if agent not in answered_states:
                continue
            is_changed = _is_changed(state, answered_states[agent])
            # Exchanged states do not say whether the client makes any itself.
            is_exchanged = is_changed and state in known
            self.compared[simulation][agent] += not is_exchanged
            self.overwritten[simulation][agent] += is_changed and not is_exchanged

    def _overwritten_everywhere(self) -> set[int]:
        """Indices overwritten at most steps of all simulations; one may be too short to tell."""
        compared, overwritten = Counter[int](), Counter[int]()
        for simulation, times in self.compared.items():
            for agent, count in times.items():
                index = self._tracks.first_index[agent]
                compared[index] += count
                overwritten[index] += self.overwritten[simulation][agent]
        found = {
            index
            for index, times in overwritten.items()
            if times >= _AT_LEAST and times > _MOST * compared[index]
        }
        return found if _are_few(found, compared) else set()


def _sends_back(step: Step, previous: Step) -> bool:
    """Whether it is known, without looking at agents, that a call has those of the call before."""
    are_single = len(step.parts) == len(previous.parts) == 1
    return are_single and sends_back(step.first, previous.first)


def _states(numbers: Sequence[float]) -> Iterable[tuple[float, ...]]:
    return zip(*(iter(numbers),) * 4, strict=True)


def _is_changed(state: Sequence[float], answered: Sequence[float]) -> bool:
    return max(abs(own - other) for own, other in zip(state, answered, strict=True)) > _OVERWRITTEN


def _are_few(egos: Collection[int], agents: Collection[int]) -> bool:
    """Whether at most half of the agents are egos; more are a fault of the client."""
    return 2 * len(egos) <= len(agents)
