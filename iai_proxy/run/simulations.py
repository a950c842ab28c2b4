"""Simulations and their branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from iai_proxy.errors import UsageError
from iai_proxy.run.maps import Map, map_of
from iai_proxy.run.reading import Reading
from iai_proxy.run.steps import Agent, Steps
from iai_proxy.scene import Agent as Described
from iai_proxy.scene import BranchInfo, SimulationInfo
from iai_proxy.scene.recorded import RecordedRun
from iai_proxy.text import numbered, plural, ranges


@dataclass(frozen=True, slots=True)
class Profile:
    """What stays the same about an agent.

    Attributes:
        number: from 0 in order of appearance.
        type: as the client or the API first named it, such as ``car``: text from outside; None if
            neither did.
        length: m, as first told; None if it was not.
        width: m; likewise.
        rear_axis_offset: m, from its middle back to its rear axle; likewise.
        ego: whether the client drives it itself.
    """

    number: int
    type: str | None
    length: float | None
    width: float | None
    rear_axis_offset: float | None
    ego: bool


@dataclass(frozen=True)
class Simulation:
    """A tree of steps that begins with one ``initialize``.

    Attributes:
        number: from 1, as ``iai-proxy show`` numbers simulations.
        location: its name: text from outside; empty if the client named none.
        large: whether any of its calls was divided, since it has more agents than a call takes.

    Example:
        >>> run.simulation(1).branch(2).leaves_at
        3
    """

    number: int
    location: str
    large: bool
    _info: SimulationInfo
    _reading: Reading
    _scenes: RecordedRun

    @classmethod
    def of(cls, reading: Reading, scenes: RecordedRun, info: SimulationInfo) -> Simulation:
        """Return what there is to see of a simulation."""
        return cls(info.number, info.location, info.large, info, reading, scenes)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """All paths through it, in order of appearance; one, unless the client went back."""
        return tuple(Branch(self, info) for info in self._info.branches)

    @property
    def trunk(self) -> Branch:
        """The longest branch, the first of several."""
        return self.branch(self._info.trunk)

    @property
    def steps(self) -> Steps:
        """The steps of the trunk."""
        return self.trunk.steps

    @cached_property
    def agents(self) -> tuple[Profile, ...]:
        """All agents, on whatever branch: the one at place 7 is agent 7.

        Example:
            >>> [agent.type for agent in run.simulations[0].agents]
            ['car', 'car', 'car', 'car', 'pedestrian', 'car']
        """
        with self._reading.recording():
            return tuple(map(_profile, self._scenes.cast(self.number).values()))

    def branch(self, number: int) -> Branch:
        """Return a branch by its number, from 1.

        Raises:
            UsageError: there is none.
        """
        for branch in self.branches:
            if branch.number == number:
                return branch
        there = ranges(branch.number for branch in self.branches)
        raise UsageError(f"simulation {self.number} has no branch {number}: it has {there}")

    @cached_property
    def map(self) -> Map:
        """Where it is.

        Example:
            >>> run.simulations[0].map.location
            'canada:drake_street_and_pacific_blvd'
        """
        return map_of(self._reading, self._scenes, self.number)

    @cached_property
    def own_steps(self) -> Mapping[int, range]:
        """By number of a branch the steps that no branch before it has.

        So each step of the simulation is an own step of just one branch.
        """
        return own_steps(self._scenes, self._info)

    def steps_of(self, branch: int, numbers: range) -> Steps:
        """Return some steps of a branch."""
        return Steps(self._reading, self._scenes, self.number, branch, numbers)

    def __repr__(self) -> str:
        return (
            f"<simulation {self.number}: {plural(len(self._info.branches), 'branch', 'branches')}, "
            f"{plural(len(self.steps), 'step')}>"
        )


class Branch:
    """A path through a simulation, from step 0 to a step that none follows.

    Attributes:
        simulation: number of the simulation.
        number: from 1, as ``iai-proxy show`` numbers branches.
        leaves_branch: number of the branch that it leaves; None for the trunk.
        leaves_at: the last step that they share; None for the trunk.
    """

    def __init__(self, simulation: Simulation, info: BranchInfo) -> None:
        self._of = simulation
        self._whole = range(info.first, info.last + 1)
        self.simulation = simulation.number
        self.number = info.number
        self.leaves_branch = info.leaves_branch
        self.leaves_at = info.leaves_at

    @property
    def steps(self) -> Steps:
        """All steps of the path, also those that it shares with other branches."""
        return self._of.steps_of(self.number, self._whole)

    @property
    def own_steps(self) -> Steps:
        """Those that no branch before it has: each step is an own step of just one branch."""
        return self._of.steps_of(self.number, self._of.own_steps[self.number])

    def track(self, agent: int) -> list[Agent]:
        """Return one agent at all steps at which it is there.

        Example:
            >>> [round(seen.x) for seen in run.simulations[0].trunk.track(0)][1:5]
            [3, 4, 6, 7]

        Args:
            agent: its number.
        """
        return [step.agent(agent) for step in self.steps if agent in step.states]

    def __repr__(self) -> str:
        steps = f"{numbered(len(self._whole), 'step')} {ranges(self._whole)}"
        return f"<branch {self.number} of simulation {self.simulation}: {steps}>"


def _profile(agent: Described) -> Profile:
    return Profile(
        number=agent.number,
        type=agent.told_kind,
        length=agent.told_length,
        width=agent.told_width,
        rear_axis_offset=agent.rear_axis_offset,
        ego=agent.is_ego,
    )


def own_steps(scenes: RecordedRun, simulation: SimulationInfo) -> dict[int, range]:
    """Return by number of a branch the steps that no branch before it has."""
    found: dict[int, range] = {}
    known: set[object] = set()
    for branch in simulation.branches:
        path = scenes.path(simulation.number, branch.number)
        own = [joined for joined in path if joined.step not in known]
        known.update(joined.step for joined in own)
        shared = path[len(path) - len(own) - 1].index if len(own) < len(path) else None
        first = branch.first if shared is None else shared + 1
        found[branch.number] = range(first, branch.last + 1)
    return found
