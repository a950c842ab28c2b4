"""Simulations as a scene shows them: trees of steps, torn ones joined again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from iai_proxy.lineage import Branch, JoinedStep, Step, branches_of, fork_of, longest
from iai_proxy.scene.model import BranchInfo, SimulationInfo
from iai_proxy.text import cut_list, ranges


@dataclass(frozen=True)
class Tree:
    """One simulation.

    Attributes:
        number: as lineage, and so ``iai-proxy show``, gives it to the simulation; where torn ones
            were joined, that of the first.
        steps: in order of their first call, by lineage's step.
    """

    number: int
    steps: Mapping[Step, JoinedStep]

    @cached_property
    def branches(self) -> list[Branch]:
        """All branches, numbered as those of a simulation are."""
        gone_on_with = {joined.follows for joined in self.steps.values()}
        return branches_of(self._path(step) for step in self.steps if step not in gone_on_with)

    @cached_property
    def trunk(self) -> Branch:
        """The longest branch, the first of several."""
        return longest(self.branches)

    @cached_property
    def info(self) -> SimulationInfo:
        """What there is to see of it."""
        root = next(iter(self.steps))
        return SimulationInfo(
            number=self.number,
            location=root.first.location or "",
            large=any(step.is_large for step in self.steps),
            branches=tuple(map(self._branch_info, self.branches)),
            trunk=self.trunk.number,
        )

    @property
    def first_call(self) -> int:
        """The number of its first exchange, which stays the same while a recording grows."""
        return min(next(iter(self.steps)).numbers)

    def path(self, branch: int) -> list[JoinedStep]:
        """Return the steps of a branch, from the root on."""
        return [self.steps[step] for step in self.branches[branch - 1].steps]

    def _path(self, leaf: Step) -> list[Step]:
        path = [leaf]
        while (before := self.steps[path[-1]].follows) is not None:
            path.append(before)
        return path[::-1]

    def _branch_info(self, branch: Branch) -> BranchInfo:
        first, last = (self.steps[branch.steps[place]].index for place in (0, -1))
        fork = fork_of(branch, self.trunk, self.branches)
        if fork is None:
            return BranchInfo(branch.number, first, last)
        shared = self.steps[branch.steps[fork.shared - 1]].index
        return BranchInfo(branch.number, first, last, fork.branch, shared)


def trees_of(steps: Iterable[JoinedStep]) -> dict[int, Tree]:
    """Return the simulations of a run by number, in that order.

    Args:
        steps: all of them, in order of their first call.
    """
    found: defaultdict[int, dict[Step, JoinedStep]] = defaultdict(dict)
    for joined in steps:
        found[joined.simulation][joined.step] = joined
    return {number: Tree(number, found[number]) for number in sorted(found)}


def without_unsettled(steps: Sequence[JoinedStep], settled_ns: int) -> list[JoinedStep]:
    """Leave out last steps of large simulations of which more parts may be to come.

    Args:
        steps: of a run that is still being written.
        settled_ns: a step that ended by then is complete, and so is one that another follows. A
            simulation's first step is never left out.
    """
    large = {joined.simulation for joined in steps if joined.step.is_large}
    gone_on_with = {joined.follows for joined in steps}
    return [
        joined
        for joined in steps
        if joined.simulation not in large
        or joined.step in gone_on_with
        or joined.follows is None
        or joined.step.ended_ns <= settled_ns
    ]


def listed(numbers: Iterable[int]) -> str:
    """Return which numbers there are, as a sentence ends: ``1-3, 7``."""
    return cut_list(ranges(numbers))
