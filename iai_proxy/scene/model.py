"""The values of a scene.

Lengths are metres, angles radians counter-clockwise from east, speeds m/s; north is up. Agents are
numbered from 0 in order of their appearance in the simulation, and keep their number in all of its
branches.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.logs.scenario import ScenarioActor

Point = tuple[float, float]  # x m, y m
State = tuple[float, float, float, float]  # x m, y m, heading rad, speed m/s
#: Collision, off the road, wrong way; None for what is not told.
Flags = tuple[bool | None, bool | None, bool | None]

NO_FLAGS: Final[Flags] = (None, None, None)
_ALL_WELL: Final[Flags] = (False, False, False)


@dataclass(frozen=True, slots=True)
class Agent:
    """What does not change about an agent.

    Attributes:
        number: in order of appearance.
        kind: its type as the client or the API names it, such as ``car``: text from outside.
        length: m; ``width`` likewise. Of its first step; those of a typical agent of its kind if
            none are known.
        rear_axis_offset: from its middle back to its rear axle, m; None if not known.
        is_ego: whether the client drives it itself.
        told_length: m, as the client or the API told it, however odd; None if neither did.
        told_width: likewise.
        told_kind: likewise.
    """

    number: int
    kind: str
    length: float
    width: float
    rear_axis_offset: float | None = None
    is_ego: bool = False
    told_length: float | None = None
    told_width: float | None = None
    told_kind: str | None = None


@dataclass(frozen=True, slots=True)
class StepPart:
    """One exchange of a step; an ordinary step has just one.

    Attributes:
        call: its number in the recording.
        agents: the agents of its answer, in their order.
        own: those whose answer the client takes from this part.
    """

    call: int
    agents: tuple[int, ...]
    own: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StepCalls:
    """How a step came about.

    Attributes:
        parts: its exchanges.
        sources: for each agent of the frame, in its order: the part, and the place in that part's
            answer.
        marks: for each agent the fingerprint of its answered recurrent state; 0 for none.
        attempts: numbers of the calls that failed and were repeated.
        started_ns: when the first request began, in nanoseconds since the epoch.
        ended_ns: when the last answer had come.
        seed: of the request; None without one.
        model_version: of the answer; None without one.
        sent_marks: as ``marks``, of the recurrent states that were sent; empty for ``initialize``.
    """

    parts: tuple[StepPart, ...]
    sources: tuple[tuple[int, int], ...]
    marks: Sequence[int]
    attempts: tuple[int, ...]
    started_ns: int
    ended_ns: int
    seed: int | None = None
    model_version: str | None = None
    sent_marks: Sequence[int] = ()

    @property
    def latency_ms(self) -> float:
        """From the first byte of the first request to the last of the last answer."""
        return (self.ended_ns - self.started_ns) / 1e6


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An agent that is present, but nowhere: its answered state is none.

    Attributes:
        index: its place in the client's order.
        state: as answered; NaN for what is no number. Either it is not finite, or so far away that
            it is on no map.
    """

    index: int
    state: State

    @property
    def reason(self) -> str:
        """What is wrong with the state."""
        if not all(map(math.isfinite, self.state)):
            return "its answered state is not four finite numbers"
        return "its answered state is on no map: further away than half way round the earth"


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment.

    Attributes:
        step: its number; 0 is the answer to ``initialize``.
        agents: numbers of those present that are somewhere, in the client's order.
        states: as answered, four doubles for each agent, in that order: x, y, heading, speed.
        applied: of the agents that the client moved itself, the states that it went on with.
        lights: state by actor id; None if the answer has none.
        infractions: of the agents that have any: collision, off the road, wrong way.
        outside: agents outside the area that the API supports.
        calls: None if the scene is not from a recording.
        unplaced: agents that are present, but whose answered state is none, by number.
        has_infractions: whether the answer says of anyone whether there are infractions.
        has_outside: whether the answer says of anyone who is outside.
        partly_told: if so, of the agents of which it does not tell all infractions: what it tells.
        inside_untold: if so, the agents of which it does not say whether they are outside.
    """

    step: int
    agents: tuple[int, ...]
    states: array[float]
    applied: Mapping[int, State] = field(default_factory=dict)
    lights: Mapping[int, str] | None = None
    infractions: Mapping[int, tuple[bool, bool, bool]] = field(default_factory=dict)
    outside: frozenset[int] = frozenset()
    calls: StepCalls | None = None
    unplaced: Mapping[int, Unplaced] = field(default_factory=dict)
    has_infractions: bool = False
    has_outside: bool = False
    partly_told: Mapping[int, Flags] = field(default_factory=dict)
    inside_untold: frozenset[int] = frozenset()

    @property
    def present(self) -> frozenset[int]:
        """Numbers of all agents of the step, wherever they are."""
        return frozenset(self.agents).union(self.unplaced)

    def index(self, place: int) -> int:
        """Return where the agent at a place in ``agents`` is in the client's order."""
        for index in sorted(agent.index for agent in self.unplaced.values()):
            place += index <= place
        return place

    def answered(self, place: int) -> State:
        """Return the state that the API answered for the agent at a place in ``agents``."""
        x, y, heading, speed = self.states[4 * place : 4 * place + 4]
        return x, y, heading, speed

    def infractions_of(self, number: int) -> Flags:
        """Return an agent's infractions: collision, off the road, wrong way; None if not told."""
        if not self.has_infractions:
            return NO_FLAGS
        if number in self.partly_told:
            return self.partly_told[number]
        return self.infractions.get(number, _ALL_WELL)

    def is_inside(self, number: int) -> bool | None:
        """Return whether an agent is in the area that the API supports; None if not told."""
        if number in self.outside:
            return False
        return True if self.has_outside and number not in self.inside_untold else None

    def shown(self, place: int) -> State:
        """Return where an agent is: where the client put it, else where the API did."""
        return self.applied.get(self.agents[place]) or self.answered(place)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the ground from above, a square with north up.

    Attributes:
        data: the image file, such as a PNG.
        center: of the square.
        fov: its side.
        mirrored: whether east is left in it, as on maps in left-handed coordinates.
    """

    data: bytes
    center: Point
    fov: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What is under the agents: the picture if there is one, else the lanes, else nothing.

    Attributes:
        borders: the borders of lanes, as lines of points.
        areas: lanes as closed polygons, of which borders are the sides.
    """

    picture: Picture | None = None
    borders: tuple[tuple[Point, ...], ...] = ()
    areas: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding of the diagnosis, placed in a scene.

    Attributes:
        code: of its check, such as 220; ``name`` is the check's.
        severity: ``error``, ``warning`` or ``info``.
        sentence: what is wrong, as text from outside: it may quote what the client sent.
        fix: what to do.
        first: the first step that shows it; ``last`` the last one, included.
        agents: numbers of the agents it is about.
        call: number of the first call that shows it; None for a finding about the whole run.
    """

    code: int
    name: str
    severity: str
    sentence: str
    fix: str
    first: int
    last: int
    agents: tuple[int, ...]
    call: int | None


@dataclass(frozen=True, slots=True)
class BranchInfo:
    """A path through a simulation, numbered as ``iai-proxy show`` does.

    Attributes:
        first: its first step; ``last`` its last one, included.
        leaves_branch: the branch that it leaves; None for the trunk.
        leaves_at: the last step that they share; None for the trunk.
    """

    number: int
    first: int
    last: int
    leaves_branch: int | None = None
    leaves_at: int | None = None


@dataclass(frozen=True, slots=True)
class SimulationInfo:
    """What there is to see of a simulation.

    Attributes:
        number: as ``iai-proxy show`` numbers them; 1 for a scenario log.
        location: its name: text from outside.
        large: whether any of its steps was divided.
        trunk: number of the longest branch.
    """

    number: int
    location: str
    large: bool
    branches: tuple[BranchInfo, ...]
    trunk: int


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is known of a run's calls without the calls; None for what is not.

    Attributes:
        initialize_seed: of step 0.
        drive_seed: of step 1.
        versions: of the models that answered; empty if none is known.
    """

    initialize_seed: int | None
    drive_seed: int | None
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Steps of one branch of a simulation.

    Attributes:
        source: name of the file that it is from: text from outside.
        simulation: the simulation.
        branch: number of the branch.
        agents: all agents of the frames, by number.
        frames: one for each step, rising; steps may be missing at the beginning and the end only.
        actors: static actors of the location: lights at their stop lines, signs.
        problems: the findings of this branch, within the frames.
        unchecked: a sentence that says why the run has not been checked, so that findings are
            missing; empty if it has been, or nobody asked for findings.
        left_out: a sentence for each part of the location that is not drawn since it is too large.
        set_up: of a run whose calls are not known; None if they are, or if nothing is known.
    """

    source: str
    simulation: SimulationInfo
    branch: int
    agents: Mapping[int, Agent]
    frames: Sequence[Frame]
    actors: Sequence[ScenarioActor] = ()
    ground: Ground = Ground()
    problems: Sequence[Problem] = ()
    unchecked: str = ""
    left_out: tuple[str, ...] = ()
    set_up: SetUp | None = None

    def frame(self, step: int) -> Frame:
        """Return the frame of a step.

        Raises:
            LookupError: the scene does not have that step.
        """
        place = step - self.frames[0].step if self.frames else -1
        if not 0 <= place < len(self.frames):
            raise LookupError(f"the scene has no step {step}")
        return self.frames[place]
