"""The steps of a recording, each with the branch that it belongs to, and who is who."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.identity.tracks import Tracks
from iai_proxy.diagnosis.runs import Shown, seen_of
from iai_proxy.lineage import JoinedStep, Step
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.cast import Cast
from iai_proxy.scene.trees import Tree, trees_of


@dataclass(frozen=True, slots=True)
class OwnSteps:
    """The steps of a branch that no branch before it has.

    Attributes:
        branch: number of the branch.
        steps: from the first to the last; none of a branch is empty.
        leaves: number of the branch that has the step before them; None for a beginning.
    """

    branch: int
    steps: tuple[JoinedStep, ...]
    leaves: int | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and where it is.

    Attributes:
        joined: the step.
        branch: the first branch that has it, so that each step is in one.
        is_on_trunk: whether the longest branch has it.
    """

    joined: JoinedStep
    branch: int
    is_on_trunk: bool

    @property
    def step(self) -> Step:
        """The step as lineage has it."""
        return self.joined.step


class RunData:
    """What observations tell of a recording; no body is read.

    Args:
        recording: must stay open.
        shown: what of it counts; None for all.

    Attributes:
        calls: all of them.
        observations: of those with agents.
        steps: in order of their first call.
        trees: the simulations by number.
        labels: what people said of the recording, by key.
        named_egos: indices of agents that someone named as the client's own; None if no one did.

    Raises:
        InputError: the recording is damaged.
    """

    def __init__(self, recording: Recording, shown: Shown | None = None) -> None:
        self.recording = recording
        self.calls, self.observations, self.steps = seen_of(recording, shown)
        self.named_egos = shown.egos if shown else None
        self.trees = trees_of(self.steps)
        self.labels = recording.labels()

    @cached_property
    def casts(self) -> dict[int, Cast]:
        """Who is who, by simulation."""
        return {n: Cast(tree, self._tracks, self.egos) for n, tree in self.trees.items()}

    @cached_property
    def egos(self) -> Egos:
        """The agents that clients drive themselves."""
        return egos_of(self.steps, self.named_egos, self._tracks)

    @cached_property
    def _tracks(self) -> Tracks:
        return Tracks(self.steps)

    @cached_property
    def own_steps(self) -> dict[int, list[OwnSteps]]:
        """By simulation the steps of its branches, each step once."""
        return {number: list(_own_steps(tree)) for number, tree in self.trees.items()}

    @cached_property
    def placed(self) -> dict[Step, Placed]:
        """Where each step is, in order of simulation, branch and step."""
        found: dict[Step, Placed] = {}
        for number, tree in self.trees.items():
            trunk = set(tree.trunk.steps)
            for own in self.own_steps[number]:
                for joined in own.steps:
                    is_on_trunk = joined.step in trunk
                    found[joined.step] = Placed(joined, own.branch, is_on_trunk)
        return found

    def agents_at(self, joined: JoinedStep) -> Sequence[int]:
        """Return the agents' numbers at a step, in the client's order."""
        return self.casts[joined.simulation].at[joined.step]


def _own_steps(tree: Tree) -> Iterator[OwnSteps]:
    owner: dict[Step, int] = {}
    for branch in tree.branches:
        own = [tree.steps[step] for step in branch.steps if step not in owner]
        owner.update(dict.fromkeys((joined.step for joined in own), branch.number))
        follows = own[0].follows
        yield OwnSteps(branch.number, tuple(own), None if follows is None else owner[follows])
