"""Which steps of which simulations are to stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from iai_proxy.errors import UsageError
from iai_proxy.lineage import Branch, Lineage, Simulation, Step
from iai_proxy.text import cut_list, plural, ranges


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        simulations: numbers; empty for the only one that there is.
        branch: number of the only branch that is to stay; None for all that leave a kept step.
        steps: given the steps that a run has, returns those that are to stay; None for all.
    """

    simulations: Sequence[int] = ()
    branch: int | None = None
    steps: Callable[[range], range] | None = None


@dataclass(frozen=True, slots=True)
class KeptTree:
    """Steps of one simulation that are to stay.

    Attributes:
        simulation: its number.
        steps: in order of their first call; each but the first continues another.
        branches: how many branches they make.
    """

    simulation: int
    steps: tuple[Step, ...]
    branches: int

    @property
    def first(self) -> Step:
        """The step that the others continue."""
        return self.steps[0]

    @property
    def last_index(self) -> int:
        """The highest index of its steps."""
        return max(step.index for step in self.steps)


def chosen(lineage: Lineage, wanted: Wanted) -> list[KeptTree]:
    """Return the steps that are to stay, a tree for each simulation, in order of their calls.

    Raises:
        UsageError: there is no such simulation, branch or step, or none is named and there are
            several.
    """
    simulations = _simulations(lineage, wanted.simulations)
    trees = [_tree(simulation, wanted) for simulation in simulations]
    return sorted(trees, key=lambda tree: tree.first.earliest)


def _simulations(lineage: Lineage, numbers: Sequence[int]) -> list[Simulation]:
    found = lineage.simulations
    if not found:
        raise UsageError("the recording has no simulation, so there are no steps to keep")
    if not numbers:
        if len(found) > 1:
            raise UsageError(
                f"the recording has {len(found)} simulations: say which to keep, such as --sim 1, "
                "or --sim 1,2"
            )
        return list(found)
    known = range(1, len(found) + 1)
    for number in numbers:
        if number not in known:
            there = "simulation 1" if len(found) == 1 else f"simulations 1 to {len(found)}"
            raise UsageError(f"there is no simulation {number}: the recording has {there}")
    return [found[number - 1] for number in sorted(set(numbers))]


def _tree(simulation: Simulation, wanted: Wanted) -> KeptTree:
    path = simulation.trunk if wanted.branch is None else _branch(simulation, wanted.branch)
    there = range(len(path.steps))
    indices = wanted.steps(there) if wanted.steps else there
    if wanted.branch is not None:
        return KeptTree(simulation.number, path.steps[indices.start : indices.stop], 1)
    first = path.steps[indices.start]
    stop = None if indices.stop == there.stop else indices.stop
    steps = sorted(_below(first, stop), key=lambda step: (step is not first, step.earliest))
    leaves = [step for step in steps if not step.children or step.index + 1 == stop]
    return KeptTree(simulation.number, tuple(steps), len(leaves))


def _branch(simulation: Simulation, number: int) -> Branch:
    branches = simulation.branches
    if not 1 <= number <= len(branches):
        raise UsageError(
            f"simulation {simulation.number} has no branch {number}: it has "
            f"{plural(len(branches), 'branch', 'branches')}"
        )
    return branches[number - 1]


def _below(first: Step, stop: int | None) -> Iterator[Step]:
    """Yield a step and those that come from it, up to an index if there is an end."""
    found: list[Step] = [first]
    for step in found:
        yield step
        found += [child for child in step.children if stop is None or child.index < stop]


def named(trees: Iterable[KeptTree]) -> str:
    """Name the simulations of kept steps: ``simulation 2`` or ``simulations 1, 3``."""
    numbers = [tree.simulation for tree in trees]
    noun = "simulation" if len(numbers) == 1 else "simulations"
    return f"{noun} {cut_list(ranges(numbers))}"
