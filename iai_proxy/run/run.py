"""A recording as programs read it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import ClassVar, Self, overload

from iai_proxy.api import Endpoint
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.logs.missing_maps import location_asked
from iai_proxy.run.calls import Call, Calls
from iai_proxy.run.findings import Findings, findings_of
from iai_proxy.run.maps import Map, map_of_location
from iai_proxy.run.notebook import page_of, text_of
from iai_proxy.run.reading import Reading
from iai_proxy.run.rows import Rows
from iai_proxy.run.simulations import Branch, Simulation
from iai_proxy.run.steps import Agent, Light, Step
from iai_proxy.text import one_line, plural, ranges


class Simulations(Rows[Simulation], Sequence[Simulation]):
    """The simulations of a run, in order of their numbers."""

    _table: ClassVar[str] = "simulations"

    def __init__(self, reading: Reading) -> None:
        scenes = reading.scenes
        super().__init__(reading, scenes.steps)
        self.all_steps = scenes.steps
        self._all = tuple(Simulation.of(reading, scenes, info) for info in scenes.simulations)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Simulation]:
        return iter(self._all)

    @overload
    def __getitem__(self, index: int) -> Simulation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Simulation]: ...
    def __getitem__(self, index: int | slice) -> Simulation | Sequence[Simulation]:
        """Return a simulation by its place, which begins with 0, or several."""
        return self._all[index]

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'simulation')}>"


class AllSteps(Sequence[Step]):
    """The steps of all simulations, in order of simulations, branches and steps.

    Each step is there once: in the first branch that has it.
    """

    def __init__(self, simulations: Iterable[Simulation]) -> None:
        self._parts = [branch.own_steps for each in simulations for branch in each.branches]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Step]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        """Return a step by its place, or several."""
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        place = range(len(self))[index]
        for part in self._parts:
            if place < len(part):
                return part[place]
            place -= len(part)
        raise IndexError(index)

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'step')}>"


class Agents(Rows[Agent]):
    """Each agent at each step, in order of simulations, branches, steps and agents.

    Each step is there once: in the first branch that has it. Where a client changes the size or the
    type of an agent on its way, the table has what was told at each step.
    """

    _table: ClassVar[str] = "agents"

    def __init__(self, reading: Reading, simulations: Simulations) -> None:
        super().__init__(reading, simulations.all_steps)
        self._simulations = simulations

    def __iter__(self) -> Iterator[Agent]:
        for step in AllSteps(self._simulations):
            yield from sorted(step.agents, key=lambda agent: agent.number)


class Lights(Rows[Light]):
    """Each traffic light at each step, in the order of :class:`Agents`."""

    _table: ClassVar[str] = "lights"

    def __init__(self, reading: Reading, simulations: Simulations) -> None:
        super().__init__(reading, simulations.all_steps)
        self._simulations = simulations

    def __iter__(self) -> Iterator[Light]:
        for step in AllSteps(self._simulations):
            for number, state in sorted((step.lights or {}).items()):
                yield Light(step.simulation, step.branch, step.number, number, state)


class Run:
    """An open recording.

    Simulations, branches, steps and calls are numbered as the commands number them: simulations,
    branches and calls from 1, steps from 0. Lengths are metres, angles radians counter-clockwise
    from east, speeds m/s. A run is for one thread at a time.

    Agents and bodies stay in the file until they are asked for, and are read a few steps or calls
    at a time: a recording of any length can be gone through, and a single step or call is soon
    there. Only how its calls continue each other is held, some 4 kB a step. Where a recording turns
    out to be damaged, an ``InputError`` says so.

    Use it in a ``with`` block, or call :meth:`close`. A notebook shows it as a page, or as a text
    if it is too large for that.

    Example:
        >>> for step in run.simulations[0].steps[:3]:
        ...     print(step.time, len(step.agents), step.model_version)
        0.0 5 sandbox-1
        0.1 5 sandbox-1
        0.2 5 sandbox-1
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._findings: dict[frozenset[int] | None, Findings] = {}

    @property
    def name(self) -> str:
        """What was opened, as it was given: a path or a URL."""
        return self._reading.name

    @property
    def is_growing(self) -> bool:
        """Whether another program was writing it when it was opened, or last refreshed."""
        return self._reading.is_growing

    @property
    def damage(self) -> str:
        """Why lights, infractions or sizes read so far are missing; empty if none are.

        What a damaged body would tell is missing, and the rest of the step is there.
        """
        return self._reading.scenes.damage

    @property
    def labels(self) -> dict[str, str]:
        """What people have said of it, by key; ``iai-proxy label`` says more.

        Raises:
            InputError: a label is damaged.
        """
        with self._reading.recording() as recording:
            return recording.labels()

    @cached_property
    def simulations(self) -> Simulations:
        """The simulations, in order of their first calls.

        Example:
            >>> [simulation.location for simulation in run.simulations]
            ['canada:drake_street_and_pacific_blvd']
        """
        return Simulations(self._reading)

    def simulation(self, number: int) -> Simulation:
        """Return a simulation by its number.

        Raises:
            UsageError: there is none.
        """
        for simulation in self.simulations:
            if simulation.number == number:
                return simulation
        numbers = [simulation.number for simulation in self.simulations]
        there = f"it has {ranges(numbers)}" if numbers else "it has none, as no agent was driven"
        raise UsageError(f"{self.name} has no simulation {number}: {there}")

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The branches of all simulations.

        Example:
            >>> [(branch.simulation, branch.number, len(branch.steps)) for branch in run.branches]
            [(1, 1, 9), (1, 2, 6)]
        """
        return tuple(branch for sim in self.simulations for branch in sim.branches)

    @property
    def steps(self) -> AllSteps:
        """The steps of all simulations, each once, read a few at a time.

        Example:
            >>> sorted({step.seed for step in run.steps})
            [5, 7]
        """
        return AllSteps(self.simulations)

    @cached_property
    def calls(self) -> Calls:
        """All calls, in the order in which they were recorded.

        Example:
            >>> [call.number for call in run.calls if call.endpoint == "initialize"]
            [2, 8]
        """
        return Calls(self._reading)

    def call(self, number: int) -> Call:
        """Return a call by its number.

        Example:
            >>> run.call(3).request.json()["random_seed"]
            7

        Raises:
            UsageError: there is none.
            InputError: it is damaged.
        """
        return self.calls.call(number)

    def agents(self) -> Agents:
        """Return each agent at each step.

        Example:
            >>> round(max(agent.speed for agent in run.agents() if agent.ego))
            14
            >>> run.agents().arrow().num_rows
            53
        """
        return Agents(self._reading, self.simulations)

    def lights(self) -> Lights:
        """Return each traffic light at each step.

        Example:
            >>> lights = run.lights().pandas()
            >>> lights["light"].nunique()
            16
        """
        return Lights(self._reading, self.simulations)

    def findings(self, *, egos: Collection[int] | None = None) -> Findings:
        """Run the checks of ``iai-proxy diagnose``, which read all of the recording.

        What was found is kept until :meth:`refresh`.

        Example:
            >>> for finding in run.findings():
            ...     if finding.severity == "warning":
            ...         print(finding.name, finding.branch, list(finding.steps), finding.agents)
            impossible-jump 1 [1] (0,)
            impossible-jump 2 [4, 5] (0,)

        Args:
            egos: places, in the client's order, of agents that the client drives itself; None to
                infer them.

        Raises:
            InputError: the recording is damaged.
        """
        named = None if egos is None else frozenset(egos)
        if named not in self._findings:
            self._findings[named] = findings_of(self._reading, self._reading.scenes, named)
        return self._findings[named]

    @property
    def map(self) -> Map | None:
        """Where the first simulation is; without one, the first location that was asked about.

        None if no location is known.

        Example:
            >>> run.map.picture.fov, len(run.map.actors)
            (232.0, 16)
        """
        if self.simulations:
            return self.simulations[0].map
        return next(iter(self.maps.values()), None)

    @property
    def maps(self) -> dict[str, Map]:
        """All locations by name: those of simulations, and others that were asked about."""
        found: dict[str, Map] = {}
        for simulation in self.simulations:
            found.setdefault(simulation.location, simulation.map)
        with self._reading.recording() as recording:
            asked = list(recording.calls(endpoint=Endpoint.LOCATION_INFO))
        for location in filter(None, map(location_asked, asked)):
            if location not in found:
                found[location] = map_of_location(self._reading, location)
        return found

    def refresh(self) -> int:
        """Look for calls that were recorded since, and return how many there are.

        Without it a run stays what it was when it was opened. What was taken of it before stays as
        it is; take ``run.simulations`` and the others again. The last step of a large simulation is
        there once no more of its parts can come, after a second. An object in object storage stays
        what it was when it was fetched: open it again.

        Example:
            >>> run.refresh()
            0

        Raises:
            InputError: the recording is damaged.
        """
        count = self._reading.refresh()
        self._findings.clear()
        for name in ("simulations", "calls"):
            self.__dict__.pop(name, None)
        return count

    def close(self) -> None:
        """Close the recording. What is read only when it is asked for can't be read afterwards."""
        self._reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        try:
            return f"<{self.name}: {self._counted()}>"
        except IaiProxyError as error:  # damaged, or closed
            return f"<{self.name}: {one_line(str(error))}>"

    def _counted(self) -> str:
        steps = len(self._reading.scenes.steps)
        return (
            f"{plural(self._reading.latest, 'call')}, "
            f"{plural(len(self.simulations), 'simulation')}, {plural(steps, 'step')}"
        )

    def _repr_html_(self) -> str:
        """Return the page, small, for a notebook; a text where there is nothing to draw, or much.

        It shows at most 50,000 agents of all steps together, and is at most 8 MB large.
        """
        try:
            page = page_of(self._reading)
        except IaiProxyError:  # the text says why
            return text_of(repr(self))
        if page is None:
            return text_of(repr(self), f"{shlex.join(['iai-proxy', 'view', self.name])} shows it")
        return page
