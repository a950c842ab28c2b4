"""Simulations and their branches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from iai_proxy.errors import UsageError
from iai_proxy.page.encode import own_steps
from iai_proxy.run.maps import Map, map_of
from iai_proxy.run.reading import Reading
from iai_proxy.run.steps import Steps
from iai_proxy.scene import BranchInfo, SimulationInfo
from iai_proxy.scene.recorded import RecordedRun


class Branch:
    """A path through a simulation, from step 0 to a step that none follows.

    Attributes:
        simulation: number of the simulation.
        number: from 1, as ``iai-proxy show`` numbers branches.
        steps: all steps of the path, also those that it shares with other branches.
        own_steps: of these the ones after it left another branch; all, of the main branch. So each
            step of a simulation is an own step of just one branch.
        leaves_branch: number of the branch that it leaves; None for the main branch.
        leaves_at: the last step that they share; None for the main branch.
    """

    def __init__(
        self, reading: Reading, scenes: RecordedRun, simulation: SimulationInfo, info: BranchInfo
    ) -> None:
        self.simulation = simulation.number
        self.number = info.number
        self.leaves_branch = info.leaves_branch
        self.leaves_at = info.leaves_at
        whole, own = range(info.first, info.last + 1), own_steps(simulation, info.number)
        self.steps = Steps(reading, scenes, simulation.number, info.number, whole)
        self.own_steps = Steps(reading, scenes, simulation.number, info.number, own)

    def __repr__(self) -> str:
        return f"<branch {self.number} of simulation {self.simulation}: {len(self.steps)} steps>"


@dataclass(frozen=True)
class Simulation:
    """A tree of steps that begins with one ``initialize``.

    Attributes:
        number: from 1, as ``iai-proxy show`` numbers simulations.
        location: its name: text from outside; empty if the client named none.
        is_large: whether any of its calls was divided, since it has more agents than a call takes.
        branches: all paths through it, in order of appearance; one, unless the client went back.
    """

    number: int
    location: str
    is_large: bool
    branches: tuple[Branch, ...]
    _trunk: int
    _reading: Reading
    _scenes: RecordedRun

    @classmethod
    def of(cls, reading: Reading, scenes: RecordedRun, info: SimulationInfo) -> Simulation:
        """Return what there is to see of a simulation."""
        branches = tuple(Branch(reading, scenes, info, branch) for branch in info.branches)
        return cls(info.number, info.location, info.large, branches, info.trunk, reading, scenes)

    @property
    def main_branch(self) -> Branch:
        """The longest branch, the first of several."""
        return self.branch(self._trunk)

    @property
    def steps(self) -> Steps:
        """The steps of the main branch."""
        return self.main_branch.steps

    def branch(self, number: int) -> Branch:
        """Return a branch by its number.

        Raises:
            UsageError: there is none.
        """
        for branch in self.branches:
            if branch.number == number:
                return branch
        raise UsageError(
            f"simulation {self.number} has no branch {number}: it has 1 to {len(self.branches)}"
        )

    @cached_property
    def map(self) -> Map:
        """Where it is."""
        return map_of(self._reading, self._scenes, self.number)

    def __repr__(self) -> str:
        return (
            f"<simulation {self.number} in {self.location}: {len(self.branches)} branches, "
            f"{len(self.steps)} steps>"
        )
