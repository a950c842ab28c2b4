"""Expected values are what the real SDK logs while it talks to a server."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from logs.conftest import ApiServer

from iai_proxy.logs.sdk_shapes import (
    logged_large_drive_request,
    logged_large_drive_response,
    logged_large_initialize_request,
    logged_large_initialize_response,
    logged_location_request,
)

Log = Callable[[], dict[str, list[str]]]
INFO = {
    "version": "1", "max_agent_number": 100, "bounding_polygon": None, "birdview_image": [],
    "osm_map": None,
    "map_origin": None, "map_center": [0, 0], "map_fov": 100, "static_actors": [],
}  # fmt: skip
PROPERTIES = {
    "length": 4, "width": 2.0, "rear_axis_offset": 1.3, "agent_type": "car", "waypoint": [1, 2],
    "waypoints": [],
    "max_speed": None,
}  # fmt: skip


@pytest.fixture
def log(sdk: Any, api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Switch the SDK's debug log on; the value reads it."""
    logger = sdk.DebugLogger(str(tmp_path))
    session = sdk.utils.Session(logger)
    session.base_url = api.url
    monkeypatch.setattr(sdk, "session", session)
    monkeypatch.setattr(sdk, "debug_logger", logger)
    return lambda: json.loads(Path(logger.debug_log_path).read_text())


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"include_map_source": True},
        {"rendering_fov": 50},
        {"rendering_center": (1.5, -2)},
        {"rendering_fov": 7, "rendering_center": (1e-7, 2e20), "include_map_source": False},
    ],
)
def test_a_location_query_gives_the_parameters_that_the_sdk_logs(
    sdk: Any, api: ApiServer, log: Log, arguments: dict[str, Any]
) -> None:
    api.answers["/location_info"] = INFO | {"osm_map": "x", "map_origin": [1, 2]}
    sdk.location_info(location="carla:Town10 é&=+%?", **arguments)
    assert json.dumps(logged_location_request(api.queries[0])) == log()["location_info_requests"][0]


def test_what_the_sdk_never_sends_is_kept_as_it_came() -> None:
    query = "location=a&rendering_fov=5.5&include_map_source=true&key=1&empty="
    assert logged_location_request(query) == {
        "location": "a",
        "include_map_source": True,
        "rendering_fov": "5.5",
        "rendering_center": None,
        "key": "1",
        "empty": "",
    }


def states(count: int, **more: Any) -> dict[str, Any]:
    """An answer of ``count`` agents in whole numbers wherever JSON allows them."""
    return {
        "agent_states": [[index, -1.25, 0, 3] for index in range(count)],
        "recurrent_states": [[0, 0.1] * 76 for _ in range(count)],
        "birdview": None,
        "infraction_indicators": [[0, True, False]] * count,
        "traffic_lights_states": {"12": "red", "007": "green"},
        "light_recurrent_states": [[1, 4], [2.5, 0]],
        "model_version": "v1",
        **more,
    }


DRIVE = states(2, is_inside_supported_area=[True, 0])
NO_LIGHTS = {"traffic_lights_states": None, "light_recurrent_states": None}


@pytest.mark.parametrize(
    "answer", [DRIVE, DRIVE | NO_LIGHTS, DRIVE | {"infraction_indicators": None}]
)
@pytest.mark.parametrize("given", [True, False])
def test_a_large_drive_of_one_call_is_logged_as_the_sdk_does(
    sdk: Any, api: ApiServer, log: Log, answer: dict[str, Any], given: bool
) -> None:
    api.answers["/drive"] = answer
    common = sdk.common
    properties = [
        PROPERTIES,
        PROPERTIES | {"waypoint": None, "waypoints": [[3, 4], [5, 6.5]], "max_speed": 9},
    ]
    optional = {
        "recurrent_states": [common.RecurrentState(packed=[1] * 152)] * 2,
        "traffic_lights_states": {12: "red", 7: "green"},
        "light_recurrent_states": [common.LightRecurrentState(state=1, time_remaining=2)],
        "random_seed": 5,
        "api_model_version": "v1",
    }
    sdk.large_drive(
        location="l",
        agent_states=[common.AgentState.fromlist([index, 2, 0, 1]) for index in range(2)],
        agent_properties=[common.AgentProperties.deserialize(item) for item in properties],
        get_infractions=given,
        **(optional if given else {}),
    )
    sent = copy.deepcopy(api.bodies[0])
    assert json.dumps(logged_large_drive_request(sent)) == log()["large_drive_requests"][0]
    assert json.dumps(logged_large_drive_response(answer)) == log()["large_drive_responses"][0]
    assert sent == api.bodies[0]


def test_properties_that_a_client_left_out_are_filled_in_as_the_sdk_does(sdk: Any) -> None:
    serialize = import_module("invertedai.api.drive").serialize_drive_request_parameters
    common = sdk.common
    expected = serialize(
        location="l",
        agent_states=[common.AgentState.fromlist([1, 2, 3, 4])],
        agent_properties=[common.AgentProperties(length=5, width=2)],
    )
    sent = {
        "location": "l",
        "agent_states": [[1, 2, 3, 4]],
        "agent_properties": [{"length": 5, "width": 2}],
    }
    assert json.dumps(logged_large_drive_request(sent)) == json.dumps(expected)


def initialize_answer(count: int, **more: Any) -> dict[str, Any]:
    attributes = [
        [4, 2.0, 1, "car", [1, 2]],
        [4, 2, None, "car"],
        [4, 2, 1],
        [4, 2, "car"],
        ["car"],
    ]
    agents = {
        "agent_attributes": [attributes[index % 5] for index in range(count)],
        "agent_properties": [PROPERTIES for _ in range(count)],
    }
    return states(count) | agents | more


@pytest.mark.parametrize(
    "answer",
    [
        initialize_answer(5),
        initialize_answer(2, **NO_LIGHTS, agent_attributes=None, infraction_indicators=None),
    ],
)
@pytest.mark.parametrize("seed", [None, 4])
def test_a_large_initialize_of_one_region_is_logged_as_the_sdk_does(
    sdk: Any, api: ApiServer, log: Log, answer: dict[str, Any], seed: int | None
) -> None:
    api.answers["/initialize"] = answer
    common = sdk.common
    region = import_module("invertedai.large.common").Region
    placed = common.AgentState.fromlist([0, 0, 0, 1])
    sdk.large_initialize(
        location="l",
        regions=[
            region.create_square_region(
                center=common.Point(x=0, y=0),
                agent_properties=[common.AgentProperties(agent_type="car")] * 3,
            )
        ],
        agent_states=[placed] if seed else None,
        agent_properties=[common.AgentProperties.deserialize(PROPERTIES)] if seed else None,
        traffic_light_state_history=[{1: "red"}] if seed else None,
        get_infractions=answer["infraction_indicators"] is not None,
        random_seed=seed,
        display_progress_bar=False,
    )
    # With one region and none but new agents in it, the call's own order is that of the wire.
    assert (
        json.dumps(logged_large_initialize_request(api.bodies[0]))
        == log()["large_initialize_requests"][0]
    )
    assert (
        json.dumps(logged_large_initialize_response(answer))
        == log()["large_initialize_responses"][0]
    )


def test_of_several_regions_the_last_answer_gives_attributes_lights_and_model_version(
    sdk: Any, api: ApiServer, log: Log
) -> None:
    """Not the first answer, as the SDK's own comment has it."""
    first = initialize_answer(1, traffic_lights_states={"1": "red"}, model_version="first")
    # The second call carries the first region's agent before its own.
    last = initialize_answer(2, traffic_lights_states={"1": "green"}, model_version="last")
    last["agent_states"] = [[0, 0, 0, 1], [100, 0, 0, 1]]
    api.answers["/initialize"] = [first, last]
    common = sdk.common
    region = import_module("invertedai.large.common").Region
    sdk.large_initialize(
        location="l",
        regions=[
            region.create_square_region(
                center=common.Point(x=x, y=0),
                agent_properties=[common.AgentProperties(agent_type="car")],
            )
            for x in (0, 100)
        ],
        display_progress_bar=False,
    )
    whole = last | {
        "agent_states": first["agent_states"] + last["agent_states"][1:],
        "recurrent_states": first["recurrent_states"] + last["recurrent_states"][1:],
        "agent_properties": first["agent_properties"] + last["agent_properties"][1:],
        "infraction_indicators": None,
    }
    expected = json.loads(log()["large_initialize_responses"][0])
    assert logged_large_initialize_response(whole) == expected
    assert len(expected["agent_attributes"]) == 2
    assert expected["api_model_version"] == "last"


def test_the_model_version_of_a_large_initialize_does_not_reach_the_wire(
    sdk: Any, api: ApiServer, log: Log
) -> None:
    api.answers["/initialize"] = initialize_answer(1)
    common = sdk.common
    region = import_module("invertedai.large.common").Region
    properties = [common.AgentProperties(agent_type="car")]
    sdk.large_initialize(
        location="l",
        regions=[
            region.create_square_region(center=common.Point(x=0, y=0), agent_properties=properties)
        ],
        api_model_version="mine",
        display_progress_bar=False,
    )
    assert json.loads(log()["large_initialize_requests"][0])["model_version"] == "mine"
    assert api.bodies[0]["model_version"] == "best"
