"""What is read is what was written; what is wrong is said with its place."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from logs.runs import CAR, GUIDED, LIGHTS, STATIC_ACTORS, TRUCK, WALKER, Told

from iai_proxy.errors import InputError
from iai_proxy.logs.scenario import ScenarioRun
from iai_proxy.logs.scenario_reader import read_scenario
from iai_proxy.logs.scenario_writer import write_scenario

Json = dict[str, Any]
TOLD = Told(
    [CAR, WALKER, TRUCK],
    [
        ([0, 1, 2], [], LIGHTS[0]),
        ([0, 2], [], LIGHTS[1]),
        ([0, 2, 3], [GUIDED], LIGHTS[2]),
    ],
)


def text_of(run: ScenarioRun) -> str:
    stream = io.StringIO()
    write_scenario(run, stream)
    return stream.getvalue()


def read(folder: Path, text: str) -> ScenarioRun:
    path = folder / "scenario.json"
    path.write_text(text, "utf-8")
    return read_scenario(path)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    told, found = TOLD.run(), read(tmp_path, text_of(TOLD.run()))
    assert found.location == told.location
    assert [step.present for step in found.steps] == [(0, 1, 2), (0, 2), (0, 2, 3)]
    assert [step.states for step in found.steps] == [step.states for step in told.steps]
    assert [step.lights for step in found.steps] == [
        {int(light): state for light, state in lights.items()} for lights in LIGHTS
    ]
    assert [(agent.entity_type, agent.length, agent.width) for agent in found.agents] == [
        (agent.entity_type, agent.length, agent.width) for agent in (CAR, WALKER, TRUCK, GUIDED)
    ]
    assert (found.rendering_center, found.rendering_fov) == ((10.0, -20.5), 120.0)
    lights = [actor for actor in STATIC_ACTORS if actor.agent_type == "traffic_light"]
    assert found.static_actors is not None
    assert [(actor.actor_id, actor.x, actor.y) for actor in found.static_actors] == [
        (actor.actor_id, actor.x, actor.y) for actor in lights
    ]


def test_lights_of_which_nothing_is_known_are_no_actors(tmp_path: Path) -> None:
    run = Told([CAR], [([0], [], LIGHTS[0])], static_actors=()).run()
    unknown = ScenarioRun(run.location, run.agents, run.steps, static_actors=None)
    found = read(tmp_path, text_of(unknown))
    assert found.static_actors == []
    assert found.steps[0].lights == {11: "red", 7: "green"}


def test_numbers_may_be_texts_and_not_finite(tmp_path: Path) -> None:
    document = json.loads(text_of(TOLD.run()))
    document["birdview_options"]["renderingFOV"] = "195"  # as some of the SDK's suite have it
    document["predetermined_agents"]["0"]["states"]["0"]["speed"] = math.nan
    found = read(tmp_path, json.dumps(document))
    assert found.rendering_fov == 195.0
    assert math.isnan(found.steps[0].states[3])


def without(*keys: str) -> Callable[[Json], object]:
    def edit(document: Json) -> object:
        *path, last = keys
        for key in path:
            document = document[key]
        return document.pop(last)

    return edit


def put(value: Any, *keys: str) -> Callable[[Json], object]:
    def edit(document: Json) -> None:
        *path, last = keys
        for key in path:
            document = document[key]
        document[last] = value

    return edit


STATE = ("predetermined_agents", "2", "states", "1")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (without("location"), "location.identifier is missing"),
        (put(7, "location", "identifier"), "location.identifier is not a text"),
        (without("predetermined_agents"), "predetermined_agents is missing"),
        (put([], "predetermined_controls"), "predetermined_controls is not an object"),
        (without("scenario_length"), "scenario_length is missing"),
        (put(10**9, "scenario_length"), "scenario_length is not a number of steps"),
        (
            put(10**6, "scenario_length"),
            "scenario_length is 1000000, but only 3 steps have a",
        ),
        (put("3", "scenario_length"), "scenario_length is not a number of steps"),
        (put(1, "predetermined_agents", "2"), "predetermined_agents.2.states is missing"),
        (without(*STATE, "center"), "predetermined_agents.2.states.1.center.x is missing"),
        (put("a", *STATE, "center", "y"), "predetermined_agents.2.states.1.center.y is not a numb"),
        (without(*STATE, "speed"), "predetermined_agents.2.states.1.speed is missing"),
        (put(None, *STATE), "predetermined_agents.2.states.1.center.x is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, edit: Callable[[Json], object], said: str
) -> None:
    document = json.loads(text_of(TOLD.run()))
    edit(document)
    with pytest.raises(InputError) as raised:
        read(tmp_path, json.dumps(document))
    assert f"scenario.json is no scenario log: {said}" in str(raised.value)
    assert "write the log again with `LogWriter` or `iai-proxy export scenario`" in str(
        raised.value
    )


@pytest.mark.parametrize("cut", [1, 200, -5])
def test_a_file_that_was_cut_short_is_no_json(tmp_path: Path, cut: int) -> None:
    with pytest.raises(InputError, match=r"scenario\.json is no scenario log, as it is no JSON"):
        read(tmp_path, text_of(TOLD.run())[:cut])


@pytest.mark.parametrize("document", [[], 7, "text", None])
def test_json_of_another_kind_is_said(tmp_path: Path, document: object) -> None:
    with pytest.raises(InputError, match="predetermined_agents is missing"):
        read(tmp_path, json.dumps(document))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"can't read .*none\.json"):
        read_scenario(tmp_path / "none.json")
