"""The steps of a branch, read a few at a time, and one step with its agents."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Final, overload

from iai_proxy.errors import UsageError
from iai_proxy.lineage import JoinedStep
from iai_proxy.lineage import Step as LineageStep
from iai_proxy.run.moments import moment
from iai_proxy.run.reading import Reading
from iai_proxy.scene import Agent as Described
from iai_proxy.scene import Frame, Scene
from iai_proxy.scene.recorded import RecordedRun
from iai_proxy.scene.states import iter_states, sent_or_missing
from iai_proxy.scene.told import NOTHING, Told

#: (x m, y m, heading rad counter-clockwise from east, speed m/s)
State = tuple[float, float, float, float]

#: How many steps are read at once: of 100 agents they take some 3 MB.
_AT_ONCE: Final = 50
#: s. How much later a step is than the one before it.
STEP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent at one step.

    Attributes:
        simulation: number of the simulation.
        branch: number of the branch.
        step: number of the step.
        number: which agent it is, from 0 in order of appearance; the same at all steps and in all
            branches of the simulation.
        index: its place in the client's list of agents at this step, from 0.
        x: m, as answered; NaN if the answer has no number there.
        y: m.
        heading: rad, counter-clockwise from east.
        speed: m/s.
        sent: the state (x m, y m, heading rad, speed m/s) that the request of this step gave for
            it; None if it gave none, as for an agent that ``initialize`` is to place.
        type: as the client or the API last named it, up to this step, such as ``car``: text from
            outside; None if neither did.
        length: m, as last told up to this step; None if it was not.
        width: m; likewise.
        rear_axis_offset: m, from its middle back to its rear axle; likewise.
        ego: whether the client drives it itself.
        collision: whether the answer says that it collides; None if the answer says nothing of it.
        offroad: whether it is off the road; likewise.
        wrong_way: whether it drives against the direction of its lane; likewise.
        inside: whether it is in the area that the API supports; likewise.
    """

    simulation: int
    branch: int
    step: int
    number: int
    index: int
    x: float
    y: float
    heading: float
    speed: float
    sent: State | None
    type: str | None
    length: float | None
    width: float | None
    rear_axis_offset: float | None
    ego: bool
    collision: bool | None
    offroad: bool | None
    wrong_way: bool | None
    inside: bool | None

    @property
    def state(self) -> State:
        """As answered: x m, y m, heading rad, speed m/s."""
        return self.x, self.y, self.heading, self.speed


@dataclass(frozen=True, slots=True)
class Light:
    """One traffic light at one step.

    Attributes:
        simulation: number of the simulation.
        branch: number of the branch.
        step: number of the step.
        light: its id, as `location_info` has it.
        state: such as ``green``, ``yellow`` or ``red``: text from outside.
    """

    simulation: int
    branch: int
    step: int
    light: int
    state: str


class Step:
    """All agents of a simulation after one ``initialize`` (step 0), or one ``drive``.

    Attributes:
        simulation: number of the simulation.
        branch: number of the branch.
        number: from 0, as ``iai-proxy show`` numbers steps.

    Example:
        >>> step = run.simulations[0].steps[6]
        >>> [agent.number for agent in step.agents]
        [0, 1, 3, 4, 5]
        >>> step.agent(0).sent
        (9.0, -2.0, 0.25, 15.0)
    """

    def __init__(self, chunk: _Chunk, frame: Frame) -> None:
        self._chunk = chunk
        self._frame = frame
        self.simulation = chunk.steps.simulation
        self.branch = chunk.steps.branch
        self.number = frame.step

    @property
    def time(self) -> float:
        """Seconds of simulated time since step 0; a step takes 0.1 s."""
        return round(self.number * STEP_S, 1)

    @property
    def is_answered(self) -> bool:
        """Whether its answer was recorded. If not, it has no agents, and nothing is known of it."""
        return self._frame.calls is not None

    @property
    def started(self) -> datetime | None:
        """When its first request began, in UTC."""
        calls = self._frame.calls
        return moment(calls.started_ns) if calls else None

    @property
    def started_ns(self) -> int | None:
        """The same in nanoseconds since the epoch, exactly."""
        return self._frame.calls.started_ns if self._frame.calls else None

    @property
    def latency_ms(self) -> float | None:
        """From the first byte of its first request to the last of its last answer, ms."""
        return self._frame.calls.latency_ms if self._frame.calls else None

    @property
    def seed(self) -> int | None:
        """The ``random_seed`` of its request; None without one."""
        return self._frame.calls.seed if self._frame.calls else None

    @property
    def model_version(self) -> str | None:
        """Which model answered, as the answer names it; None if it names none."""
        return self._frame.calls.model_version if self._frame.calls else None

    @property
    def calls(self) -> tuple[int, ...]:
        """Numbers of its calls: one, or one for each part of a large call."""
        return tuple(part.call for part in self._frame.calls.parts) if self._frame.calls else ()

    @property
    def attempts(self) -> tuple[int, ...]:
        """Numbers of the calls that failed and were repeated until these succeeded."""
        return self._frame.calls.attempts if self._frame.calls else ()

    @cached_property
    def agents(self) -> tuple[Agent, ...]:
        """The agents that are present, in the client's order."""
        return tuple(map(self._agent, self._places))

    def agent(self, number: int) -> Agent:
        """Return one agent.

        Raises:
            UsageError: it is not there at this step.
        """
        if number not in self._places:
            raise UsageError(
                f"agent {number} is not there at step {self.number} of simulation {self.simulation}"
            )
        return self._agent(number)

    @cached_property
    def states(self) -> dict[int, State]:
        """The states of the agents that are present, as answered, by the agents' numbers.

        Cheaper than :attr:`agents`: bodies are not read.
        """
        frame = self._frame
        found = {number: frame.answered(place) for place, number in enumerate(frame.agents)}
        found.update((number, away.state) for number, away in frame.unplaced.items())
        return found

    @property
    def lights(self) -> dict[int, str] | None:
        """The state of each traffic light by its id; None if the answer tells none."""
        lights = self._detailed.lights
        return None if lights is None else dict(lights)

    @property
    def _detailed(self) -> Frame:
        return self._chunk.detailed.frame(self.number)

    def _agent(self, number: int) -> Agent:
        described = self._chunk.detailed.agents[number]
        sent = self._chunk.sent.get(self.number, {}).get(number)
        told = self._chunk.told.get(self.number, {}).get(number, NOTHING)
        return _agent(self, self._detailed, described, told, sent)

    @cached_property
    def _places(self) -> dict[int, int]:
        """By number of an agent its place in the client's order, in that order."""
        return {number: place for place, number in enumerate(_in_client_order(self._frame))}

    def __repr__(self) -> str:
        return (
            f"<step {self.number} of branch {self.branch} of simulation {self.simulation}: "
            f"{len(self._frame.present)} agents>"
        )


class Steps(Sequence[Step]):
    """The steps of a branch from its first to its last, in the file until they are asked for.

    ``steps[47]`` is step 47, ``steps[-1]`` the last one, ``steps[10:20]`` ten of them. (Own steps
    of a branch begin with its first: there ``steps[0]`` is that.)

    Example:
        >>> run.simulations[0].steps[-1].number
        8
    """

    def __init__(
        self, reading: Reading, scenes: RecordedRun, simulation: int, branch: int, numbers: range
    ) -> None:
        self._reading = reading
        self._scenes = scenes
        self.simulation = simulation
        self.branch = branch
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Steps: ...
    def __getitem__(self, index: int | slice) -> Step | Steps:
        """Return a step by its place, or several: which are steps as well."""
        if isinstance(index, slice):
            if index.step not in {None, 1}:
                raise UsageError(
                    f"steps are read one after another: leave out the {index.step} of the slice"
                )
            numbers = self._numbers[index]
            return Steps(self._reading, self._scenes, self.simulation, self.branch, numbers)
        number = self._numbers[index]
        return next(_Chunk(self, range(number, number + 1)).read())

    def __iter__(self) -> Iterator[Step]:
        for begin in range(0, len(self._numbers), _AT_ONCE):
            yield from _Chunk(self, self._numbers[begin : begin + _AT_ONCE]).read()

    def scene(self, numbers: range, *, details: bool) -> Scene:
        """Read some steps."""
        with self._reading.recording():
            return self._scenes.scene(self.simulation, self.branch, numbers, details=details)

    def sent(self, numbers: range) -> dict[int, dict[int, State]]:
        """Read what was sent: by step, by agent."""
        with self._reading.recording():
            who = self._scenes.who(self.simulation)
            return {
                joined.index: _sent(joined.step, who[joined.step]) for joined in self._path(numbers)
            }

    def told(self, numbers: range) -> dict[int, Mapping[int, Told]]:
        """Read what was last said of agents: by step, by agent."""
        with self._reading.recording():
            return {
                joined.index: self._scenes.told(self.simulation, joined.step)
                for joined in self._path(numbers)
            }

    def _path(self, numbers: range) -> Sequence[JoinedStep]:
        path = self._scenes.path(self.simulation, self.branch)
        begin, end = (
            bisect_left(path, number, key=attrgetter("index"))
            for number in (numbers.start, numbers.stop)
        )
        return path[begin:end]

    def __repr__(self) -> str:
        numbers = self._numbers
        there = f"{numbers.start} to {numbers.stop - 1}" if numbers else "none"
        return f"<steps {there} of branch {self.branch} of simulation {self.simulation}>"


class _Chunk:
    """Steps that are read together: first their states, and their bodies if these are asked for."""

    def __init__(self, steps: Steps, numbers: range) -> None:
        self.steps = steps
        self.numbers = numbers

    def read(self) -> Iterator[Step]:
        for frame in self.steps.scene(self.numbers, details=False).frames:
            yield Step(self, frame)

    @cached_property
    def detailed(self) -> Scene:
        """The same steps with what only their bodies tell."""
        return self.steps.scene(self.numbers, details=True)

    @cached_property
    def sent(self) -> dict[int, dict[int, State]]:
        """What was sent: by step, by agent."""
        return self.steps.sent(self.numbers)

    @cached_property
    def told(self) -> dict[int, Mapping[int, Told]]:
        """What was last said of agents: by step, by agent."""
        return self.steps.told(self.numbers)


def _sent(step: LineageStep, agents: Sequence[int]) -> dict[int, State]:
    pairs = zip(agents, iter_states(sent_or_missing(step)), strict=True)
    return {agent: state for agent, state in pairs if not all(map(math.isnan, state))}


def _in_client_order(frame: Frame) -> list[int]:
    order = list(frame.agents)
    for number, away in sorted(frame.unplaced.items(), key=lambda item: item[1].index):
        order.insert(away.index, number)
    return order


def _agent(step: Step, frame: Frame, agent: Described, told: Told, sent: State | None) -> Agent:
    collision, offroad, wrong_way = frame.infractions_of(agent.number)
    return Agent(
        step.simulation,
        step.branch,
        step.number,
        agent.number,
        step._places[agent.number],
        *step.states[agent.number],
        sent=sent,
        type=told.kind,
        length=told.length,
        width=told.width,
        rear_axis_offset=told.rear_axis_offset,
        ego=agent.is_ego,
        collision=collision,
        offroad=offroad,
        wrong_way=wrong_way,
        inside=frame.is_inside(agent.number),
    )
