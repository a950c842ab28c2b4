"""Where the branches of a simulation leave each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iai_proxy.lineage.model import Branch, Step


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a branch leaves another.

    Attributes:
        branch: number of the branch that it leaves.
        shared: how many steps they share, from the root on.
    """

    branch: int
    shared: int


def fork_of(branch: Branch, trunk: Branch, branches: Iterable[Branch]) -> Fork | None:
    """Return where a branch leaves the one with which it shares most; None for the trunk.

    That is the trunk, or a branch with a lower number.
    """
    if branch.number == trunk.number:
        return None
    before = [trunk, *(other for other in branches if other.number < branch.number)]
    forks = [Fork(other.number, _shared(branch.steps, other.steps)) for other in before]
    return max(forks, key=lambda fork: fork.shared)


def _shared(steps: Sequence[Step], others: Sequence[Step]) -> int:
    """Return how many steps two paths from one root share: behind a fork they share none."""
    both = range(min(len(steps), len(others)))
    return bisect_left(both, True, key=lambda place: steps[place] is not others[place])
