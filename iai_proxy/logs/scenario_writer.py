"""A run as a scenario log, written piece by piece: the bytes that the SDK's ``LogWriter`` writes.

Where ``LogWriter`` fails or writes what ``LogReader`` can't load, this differs, and only there:

- It knows lights by time only as a list without gaps, so an answer without lights shifts all later
  ones, and one at the beginning makes it raise. Here each state stands at its own step, and is
  "none" (the format's word for a light that is off and ignored) at a step that has none.
- Without a recorded ``location_info`` it can't write at all. Here the lights that the run shows are
  listed at the origin without a size, the rendering centre is (0, 0), and the field of view is
  null.
- A field of view that is not whole, which its model refuses, is rounded.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import isfinite
from typing import Any, Final, TextIO

from iai_proxy.logs.scenario import ScenarioActor, ScenarioRun, ScenarioStep
from iai_proxy.logs.sdk_shapes import float_or_none

_SUGGESTION_STRENGTH: Final = 0.8  # the SDK's default; no client can set another
_NO_LIGHT: Final = "none"
_INDENT: Final = "    "

#: A key of an object, and its value as pieces of text.
_Member = tuple[str, Iterable[str]]


def write_scenario(run: ScenarioRun, stream: TextIO) -> None:
    """Write the scenario log of a run, an agent at a time.

    Args:
        run: what to write; an agent that is never present is listed without states.
        stream: takes text; it is not closed.
    """
    actors = run.static_actors if run.static_actors is not None else _actors_seen(run.steps)
    stream.writelines(
        _object(
            chain(
                _plain(_head(run)),
                [("predetermined_agents", _object(_agents(run), depth=1))],
                _plain({"num_controls": _control_counts(actors)}),
                [("predetermined_controls", _object(_controls(run.steps, actors), depth=1))],
                _plain(_tail(run)),
            ),
            depth=0,
        )
    )


def _head(run: ScenarioRun) -> dict[str, Any]:
    types = Counter(agent.entity_type for agent in run.agents)
    return {
        "location": {"identifier": run.location},
        "scenario_length": len(run.steps),
        "num_agents": {"car": types["car"], "pedestrian": types["pedestrian"]},
    }


def _tail(run: ScenarioRun) -> dict[str, Any]:
    center = [float(value) for value in run.rendering_center or (0.0, 0.0)]
    return {
        "individual_suggestions": {
            str(index): {
                "suggestion_strength": _SUGGESTION_STRENGTH,
                "states": [
                    {"center": {"x": float(agent.waypoint[0]), "y": float(agent.waypoint[1])}}
                ],
            }
            for index, agent in enumerate(run.agents)
            if agent.waypoint is not None
        },
        "initialize_random_seed": run.initialize_random_seed,
        "lights_random_seed": run.lights_random_seed,
        "drive_random_seed": run.drive_random_seed,
        "drive_model_version": run.drive_model_version,
        "initialize_model_version": run.initialize_model_version,
        "birdview_options": {
            "rendering_center": center,
            "renderingFOV": None if run.rendering_fov is None else round(run.rendering_fov),
        },
        "light_recurrent_states": [
            [float(value) for value in group] for group in run.light_recurrent_states or ()
        ],
        "rendering_centers": center,
    }


def _control_counts(actors: Iterable[ScenarioActor]) -> dict[str, int]:
    named = ("traffic_light", "yield_sign", "stop_sign")
    types = Counter(actor.agent_type if actor.agent_type in named else "other" for actor in actors)
    return {name: types[name] for name in (*named, "other")}


def _actors_seen(steps: Iterable[ScenarioStep]) -> list[ScenarioActor]:
    """Return the lights that occur in the steps, in order; nothing else is known of them."""
    ids = dict.fromkeys(actor_id for step in steps for actor_id in step.lights or ())
    return [ScenarioActor(actor_id, "traffic_light", 0.0, 0.0, 0.0) for actor_id in ids]


def _agents(run: ScenarioRun) -> Iterator[_Member]:
    places = {present: _first_places(present) for present in {step.present for step in run.steps}}
    place_of = [places[step.present] for step in run.steps]  # at each step, each agent's place
    for agent_id, agent in enumerate(run.agents):
        states = _agent_states(agent_id, run.steps, place_of)
        offset = float_or_none(agent.rear_axis_offset)
        yield str(agent_id), _entity(agent.entity_type, agent.length, agent.width, offset, states)


def _first_places(present: tuple[int, ...]) -> dict[int, int]:
    """Return where in a step's list each agent stands, the first time it does."""
    return {agent_id: place for place, agent_id in reversed(list(enumerate(present)))}


def _agent_states(
    agent_id: int, steps: Iterable[ScenarioStep], place_of: Iterable[dict[int, int]]
) -> Iterator[_Member]:
    for number, (step, places) in enumerate(zip(steps, place_of, strict=True)):
        place = places.get(agent_id)
        if place is not None:
            x, y, orientation, speed = step.states[4 * place : 4 * place + 4]
            yield str(number), (_state(x, y, orientation, _number(speed), ""),)


def _controls(steps: Sequence[ScenarioStep], actors: Iterable[ScenarioActor]) -> Iterator[_Member]:
    if all(step.lights is None for step in steps):
        return
    lights = {actor.actor_id: actor for actor in actors if actor.agent_type == "traffic_light"}
    for actor_id, actor in lights.items():
        yield (
            str(actor_id),
            _entity("traffic_light", actor.length, actor.width, 0, _light_states(steps, actor)),
        )


def _light_states(steps: Iterable[ScenarioStep], actor: ScenarioActor) -> Iterator[_Member]:
    x, y, orientation = float(actor.x), float(actor.y), float(actor.orientation)
    for number, step in enumerate(steps):
        shown = json.dumps((step.lights or {}).get(actor.actor_id, _NO_LIGHT))
        yield (
            str(number),
            (_state(x, y, orientation, "0", f',\n{_INDENT * 5}"control_state": {shown}'),),
        )


def _entity(
    entity_type: str | None,
    length: float | None,
    width: float | None,
    rear_axis_offset: float | None,
    states: Iterable[_Member],
) -> Iterator[str]:
    """Yield an agent or light at the depth where all of them stand."""
    attributes = {
        "length": float_or_none(length),
        "width": float_or_none(width),
        "rear_axis_offset": rear_axis_offset,
    }
    start = json.dumps({"entity_type": entity_type, "static_attributes": attributes}, indent=4)
    yield start.removesuffix("\n}").replace("\n", f"\n{_INDENT * 2}")
    yield f',\n{_INDENT * 3}"states": '
    yield from _object(states, depth=3)
    yield f"\n{_INDENT * 2}}}"


def _state(x: float, y: float, orientation: float, speed: str, more: str) -> str:
    deep, deeper = f"\n{_INDENT * 5}", f"\n{_INDENT * 6}"
    return (
        f'{{{deep}"center": {{{deeper}"x": {_number(x)},{deeper}"y": {_number(y)}{deep}}},'
        f'{deep}"orientation": {_number(orientation)},{deep}"speed": {speed}{more}\n{_INDENT * 4}}}'
    )


def _number(value: float) -> str:
    return repr(value) if isfinite(value) else json.dumps(value)


def _plain(values: dict[str, Any]) -> Iterator[_Member]:
    """Yield members of the document whose values are small enough to be made whole."""
    for key, value in values.items():
        yield key, (json.dumps(value, indent=4).replace("\n", f"\n{_INDENT}"),)


def _object(members: Iterable[_Member], depth: int) -> Iterator[str]:
    """Yield an object that stands at ``depth``; an empty one is ``{}``, as ``json.dump`` has it."""
    before = f"{{\n{_INDENT * (depth + 1)}"
    for key, pieces in members:
        yield f"{before}{json.dumps(key)}: "
        yield from pieces
        before = f",\n{_INDENT * (depth + 1)}"
    yield "{}" if before.startswith("{") else f"\n{_INDENT * depth}}}"
