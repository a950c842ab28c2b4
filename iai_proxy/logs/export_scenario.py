"""A branch of a simulation as the SDK's scenario log, as a program's ``LogWriter`` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from iai_proxy.api import Call, Endpoint, parse_json
from iai_proxy.errors import InputError
from iai_proxy.lineage import Branch, Step
from iai_proxy.lineage.merged_calls import merged_answer, merged_request
from iai_proxy.logs.missing_maps import how_to_get, location_asked
from iai_proxy.logs.scenario import ScenarioActor, ScenarioAgent, ScenarioRun, ScenarioStep
from iai_proxy.logs.scenario_writer import write_scenario
from iai_proxy.recordings.files import atomic_output
from iai_proxy.recordings.reader import Recording

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds that a program gives ``LogWriter`` by hand; None for those that are recorded."""

    initialize: int | None = None
    lights: int | None = None  # no request has it
    drive: int | None = None

    def put_into(self, run: ScenarioRun) -> ScenarioRun:
        """Return the run with these seeds."""
        named = {f"{name}_random_seed": seed for name, seed in asdict(self).items()}
        return replace(run, **{name: seed for name, seed in named.items() if seed is not None})


def export_scenario(
    recording: Recording,
    branch: Branch,
    out: Path,
    *,
    applied: bool = False,
    steps: range | None = None,
    seeds: Seeds = Seeds(),
) -> list[str]:
    """Write a branch as a scenario log, and return warnings about what is unknown in it.

    Args:
        recording: read one step at a time; states are held as doubles, 32 bytes each.
        branch: of a simulation of the recording.
        out: the file; it is there whole or not at all.
        applied: the states that the client went on with, in place of those that the API predicted;
            they differ for agents that the client moves itself. The last step's are the predicted
            ones, since nothing follows.
        steps: only these, as if the program had begun to log at the first of them; agents are
            numbered as they appear. None for all.
        seeds: to write in place of the recorded ones.

    Raises:
        UsageError: the file can't be written.
        InputError: the recording is damaged.
    """
    run, warnings = scenario_run(recording, branch, applied=applied, steps=steps)
    with atomic_output(out) as stream:
        write_scenario(seeds.put_into(run), stream)
    return warnings


def scenario_run(
    recording: Recording, branch: Branch, *, applied: bool, steps: range | None = None
) -> tuple[ScenarioRun, list[str]]:
    """Return a branch packed for export, and the warnings of :func:`export_scenario`."""
    wanted = range(len(branch.steps)) if steps is None else steps
    gathered = _gathered(recording, branch, wanted, applied=applied)
    root = branch.steps[0].first
    location = root.location or ""
    info = _location_info(recording, location, branch.steps[0])
    has_initialize = root.call.endpoint.is_initialize
    run = ScenarioRun(
        location=location,
        agents=list(gathered.agents.values()),
        steps=gathered.steps,
        static_actors=_actors(info["static_actors"] or ()) if info else None,
        rendering_center=_point(info.get("map_center")) if info else None,
        rendering_fov=info.get("map_fov") if info else None,
        initialize_random_seed=root.seed if has_initialize else None,
        drive_random_seed=_drive_seed(branch.steps[wanted.start : wanted.stop], wanted.start),
        initialize_model_version=gathered.initialize_version,
        drive_model_version=gathered.drive_version,
        light_recurrent_states=gathered.light_recurrent,
    )
    warnings = []
    if info is None:
        warnings.append(
            f"{how_to_get([location], recording.path)}. Until then the log has null or zero "
            "for where the lights, the rendering centre and the field of view are"
        )
    if not has_initialize and not wanted.start:
        warnings.append(
            "the simulation does not begin with an initialize: step 0 is its first drive"
        )
    return run, warnings


def _gathered(recording: Recording, branch: Branch, wanted: range, *, applied: bool) -> _Gathered:
    gathered = _Gathered()
    last = min(wanted.stop, len(branch.steps) - 1) if applied else wanted.stop - 1
    # The first step says how the run began, the one after the last how it was gone on with.
    for number in dict.fromkeys([0, *range(wanted.start, last + 1)]):
        step = branch.steps[number]
        try:
            request, answer = _bodies(recording, step)
            if applied and number > wanted.start:
                gathered.apply(step, request["agent_states"])
            if number in wanted:
                gathered.add(step, request, answer)
            elif not number:
                gathered.begin(step, answer)
        except (TypeError, LookupError, AttributeError, ValueError) as error:
            numbers = ", ".join(f"#{number}" for number in step.numbers)
            raise InputError(
                f"{recording.path}: step {step.index} was not answered as the API does ({error!r}; "
                f"`iai-proxy call` shows {numbers}), so that no scenario can be made of it"
            ) from error
    return gathered


def _drive_seed(steps: Sequence[Step], first: int) -> int | None:
    """Return the seed of the first ``drive``, after the first step if the run began before it."""
    in_turn = [*steps[1:], *steps[:1]] if first else steps
    drives = (step.first.seed for step in in_turn if step.first.call.endpoint.is_drive)
    return next(drives, None)


@dataclass
class _Gathered:
    """Collects a branch step by step, letting go of the bodies."""

    agents: dict[int, ScenarioAgent] = field(default_factory=dict)
    steps: list[ScenarioStep] = field(default_factory=list)
    drive_version: str | None = None
    initialize_version: str | None = None
    light_recurrent: Sequence[Sequence[float]] | None = None
    _ids: dict[int, int] = field(default_factory=dict)

    def begin(self, step: Step, answer: Json) -> None:
        """Note how a run began whose first step is not wanted."""
        if not step.first.call.endpoint.is_drive:
            self.initialize_version = answer.get("model_version")

    def add(self, step: Step, request: Json, answer: Json) -> None:
        """Add the next step, given its whole request and its whole answer."""
        is_drive = step.first.call.endpoint.is_drive
        self._add_agents(step, request if is_drive else answer, answer)
        present = [self._ids[identity] for identity in step.agents]
        before = self.steps[-1] if self.steps else None
        lights = answer.get("traffic_lights_states")
        self.steps.append(ScenarioStep.pack(present, answer["agent_states"], lights, after=before))
        self.light_recurrent = answer.get("light_recurrent_states")
        if is_drive:
            self.drive_version = answer.get("model_version")
        else:
            self.initialize_version = answer.get("model_version")

    def _add_agents(self, step: Step, described: Json, answer: Json) -> None:
        """Take the latest properties: LogWriter shares its objects with the program.

        The program may set waypoints in them.
        """
        properties = described.get("agent_properties") or answer.get("agent_properties") or []
        for place, identity in enumerate(step.agents):
            self._ids.setdefault(identity, len(self._ids))
            if place < len(properties):
                self.agents[identity] = _agent(properties[place])
            else:
                self.agents.setdefault(identity, _agent(None))

    def apply(self, step: Step, sent: Sequence[Sequence[float]]) -> None:
        """Put the states that a step's request went on with into the step before."""
        last = self.steps[-1]
        where = {agent: place for place, agent in enumerate(last.present)}
        for identity, state in zip(step.agents, sent, strict=False):
            place = where.get(self._ids.get(identity, -1))
            if place is not None:
                for offset, number in enumerate(state[:4]):
                    last.states[4 * place + offset] = number


def _bodies(recording: Recording, step: Step) -> tuple[Json, Json]:
    calls = [part.observation.call for part in step.parts]
    requests = [_json(recording, call, call.request_hash) for call in calls]
    answers = [_json(recording, call, call.response_hash) for call in calls]
    return merged_request(step, requests), merged_answer(step, answers)


def _json(recording: Recording, call: Call, digest: bytes | None) -> Json:
    try:
        value = parse_json(recording.body(digest)) if digest else None
    except ValueError as error:
        raise InputError(f"call {call.id} of {recording.path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"call {call.id} of {recording.path} holds no JSON object")
    return value


def _location_info(recording: Recording, location: str, root: Step) -> Json | None:
    """The answer that the program had when it began; failing that, the first that came later."""
    known = [
        call
        for call in recording.calls()
        if call.endpoint is Endpoint.LOCATION_INFO
        and call.succeeded
        and location_asked(call) == location
    ]
    before = [call for call in known if call.id < min(root.numbers)]
    chosen = before[-1:] or known[:1]
    return _json(recording, chosen[0], chosen[0].response_hash) if chosen else None


def _actors(actors: Iterable[Json]) -> list[ScenarioActor]:
    return [
        ScenarioActor(
            actor["actor_id"], actor["agent_type"], actor["x"], actor["y"], actor["orientation"],
            actor.get("length"), actor.get("width"),
        )
        for actor in actors
    ]  # fmt: skip


def _agent(properties: Json | None) -> ScenarioAgent:
    given = properties or {}
    waypoint = given.get("waypoint")
    return ScenarioAgent(
        entity_type=given.get("agent_type", "car"),
        length=given.get("length"),
        width=given.get("width"),
        rear_axis_offset=given.get("rear_axis_offset"),
        waypoint=_point(waypoint) if waypoint else None,
        waypoints=tuple((x, y) for x, y in given.get("waypoints") or ()),
    )


def _point(value: Any) -> tuple[float, float] | None:
    return (value[0], value[1]) if value else None
