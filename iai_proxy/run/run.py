"""A recording as programs read it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import ClassVar, Self, overload

from iai_proxy.api import Endpoint
from iai_proxy.errors import UsageError
from iai_proxy.logs.missing_maps import location_asked
from iai_proxy.run.calls import Call, Calls
from iai_proxy.run.findings import Findings, findings_of
from iai_proxy.run.maps import Map, map_of_location
from iai_proxy.run.reading import Reading
from iai_proxy.run.rows import Rows
from iai_proxy.run.simulations import Branch, Simulation
from iai_proxy.run.steps import Agent, Light, Step
from iai_proxy.text import plural, ranges


class Simulations(Rows[Simulation], Sequence[Simulation]):
    """The simulations of a run, in order of their numbers."""

    _table: ClassVar[str] = "simulations"

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        scenes = reading.scenes
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


class Agents(Rows[Agent]):
    """Each agent at each step, in order of simulations, branches, steps and agents.

    Each step is there once: in the first branch that has it.
    """

    _table: ClassVar[str] = "agents"

    def __init__(self, reading: Reading, simulations: Simulations) -> None:
        super().__init__(reading)
        self._simulations = simulations

    def __iter__(self) -> Iterator[Agent]:
        for step in _own_steps(self._simulations):
            yield from sorted(step.agents, key=lambda agent: agent.number)


class Lights(Rows[Light]):
    """Each traffic light at each step, in the order of :class:`Agents`."""

    _table: ClassVar[str] = "lights"

    def __init__(self, reading: Reading, simulations: Simulations) -> None:
        super().__init__(reading)
        self._simulations = simulations

    def __iter__(self) -> Iterator[Light]:
        for step in _own_steps(self._simulations):
            for number, state in sorted((step.lights or {}).items()):
                yield Light(step.simulation, step.branch, step.number, number, state)


class Run:
    """An open recording.

    Simulations, branches, steps and calls are numbered as the commands number them: simulations,
    branches and calls from 1, steps from 0. Lengths are metres, angles radians counter-clockwise
    from east, speeds m/s. A run is for one thread at a time.

    Use it in a ``with`` block, or call :meth:`close`.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @property
    def name(self) -> str:
        """What was opened, as it was given: a path or a URL."""
        return self._reading.name

    @property
    def is_growing(self) -> bool:
        """Whether another program was writing it when it was opened, or last refreshed."""
        return self._reading.is_growing

    @cached_property
    def simulations(self) -> Simulations:
        """The simulations, in order of their first calls."""
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
        """The branches of all simulations."""
        return tuple(branch for sim in self.simulations for branch in sim.branches)

    @property
    def steps(self) -> Iterator[Step]:
        """The steps of all simulations, each once, read a few at a time."""
        return _own_steps(self.simulations)

    @cached_property
    def calls(self) -> Calls:
        """All calls, in the order in which they were recorded."""
        places = {
            number: (joined.simulation, joined.index)
            for joined in self._reading.scenes.steps
            for number in (
                *joined.step.attempts,
                *joined.step.arrivals,
                *joined.step.refused,
                *joined.step.calls,
            )
        }
        return Calls(self._reading, places)

    def call(self, number: int) -> Call:
        """Return a call by its number.

        Raises:
            UsageError: there is none.
            InputError: it is damaged.
        """
        return self.calls.call(number)

    def agents(self) -> Agents:
        """Return each agent at each step."""
        return Agents(self._reading, self.simulations)

    def lights(self) -> Lights:
        """Return each traffic light at each step."""
        return Lights(self._reading, self.simulations)

    def findings(self, *, egos: Collection[int] | None = None) -> Findings:
        """Run the checks of ``iai-proxy diagnose``, which read all of the recording.

        Args:
            egos: places, in the client's order, of agents that the client drives itself; None to
                infer them.

        Raises:
            InputError: the recording is damaged.
        """
        return findings_of(self._reading, self._reading.scenes, egos)

    @property
    def map(self) -> Map | None:
        """Where the first simulation is; without one, the first location that was asked about."""
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
        there once no more of its parts can come, after a second.

        Raises:
            InputError: the recording is damaged.
        """
        count = self._reading.refresh()
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
        steps = sum(len(branch.own_steps) for branch in self.branches)
        return (
            f"<{self.name}: {plural(len(self.calls), 'call')}, "
            f"{plural(len(self.simulations), 'simulation')}, {plural(steps, 'step')}>"
        )


def _own_steps(simulations: Simulations) -> Iterator[Step]:
    for simulation in simulations:
        for branch in simulation.branches:
            yield from branch.own_steps
