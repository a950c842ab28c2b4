"""The request models, with requests as the SDK writes them."""

import subprocess
import sys

import orjson
import pytest
from pydantic import ValidationError

from iai_proxy.sandbox.requests.agent_fields import attributes_to_properties
from iai_proxy.sandbox.requests.blame_request import BlameRequest
from iai_proxy.sandbox.requests.drive_request import DriveRequest
from iai_proxy.sandbox.requests.initialize_request import InitializeRequest
from iai_proxy.sandbox.requests.queries import LocationInfoRequest

CAR = {
    "length": 4.8,
    "width": 1.9,
    "rear_axis_offset": 1.3,
    "agent_type": "car",
    "waypoint": None,
    "waypoints": None,
    "max_speed": None,
}


def a_drive(**changed):
    body = {
        "location": "sandbox:ring",
        "agent_states": [[0, 0, 0, 0]],
        "agent_properties": [CAR],
        "recurrent_states": [[0.1] * 152],
    }
    return body | changed


def test_the_sdks_drive_request_is_read_and_its_doubles_are_kept():
    common = pytest.importorskip("invertedai.common")
    drive = pytest.importorskip("invertedai.api.drive")
    packed = [1 / (number + 3) for number in range(152)]
    sent = drive.serialize_drive_request_parameters(
        location="canada:x",
        agent_states=[common.AgentState.fromlist([0.1, 0.2, 0.3, 0.4])],
        agent_properties=[common.AgentProperties(length=4.8, width=1.9, rear_axis_offset=1.3)],
        recurrent_states=[common.RecurrentState.fromval(packed)],
        light_recurrent_states=[common.LightRecurrentState(state=1, time_remaining=2.5)],
        random_seed=7,
    )
    request = DriveRequest.model_validate(orjson.loads(orjson.dumps(sent)))
    assert request.recurrent_states == [packed]
    assert request.agent_states == [(0.1, 0.2, 0.3, 0.4)]
    assert request.light_recurrent_states == [(1.0, 2.5)]
    assert (request.properties()[0].length, request.random_seed) == (4.8, 7)


def test_an_unknown_field_is_kept():
    request = DriveRequest.model_validate(
        a_drive(weather={"rain": 0.5}, agent_properties=[CAR | {"colour": "red"}])
    )
    dumped = request.model_dump()
    assert dumped["weather"] == {"rain": 0.5}
    assert dumped["agent_properties"][0]["colour"] == "red"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"agent_states": []}, "agent_states is empty"),
        ({"agent_properties": [CAR, CAR]}, "agent_properties has 2 items, but agent_states has 1"),
        ({"recurrent_states": []}, "recurrent_states has 0 items, but agent_states has 1"),
        ({"recurrent_states": [[0.0] * 151]}, "at least 152 items"),
        ({"agent_properties": None}, "agent_properties is missing"),
        ({"agent_properties": [{"agent_type": "car"}]}, "agents [0] lack length or width"),
        ({"agent_states": [[0, 0, 0]]}, "Field required"),
        ({"agent_states": [[0, 0, 0, float("nan")]]}, "finite number"),
        ({"recurrent_states": [[float("inf")] * 152]}, "finite number"),
        ({"traffic_lights_states": {"1": "blue"}}, "'none', 'green', 'yellow' or 'red'"),
    ],
)
def test_a_drive_that_makes_no_sense_is_refused_with_the_reason(changed, message):
    with pytest.raises(ValidationError) as refused:
        DriveRequest.model_validate(a_drive(**changed))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("flat", "expected"),
    [
        ([4.8, 1.9, 1.3, "car", [5, 6]], (4.8, 1.9, 1.3, "car", (5, 6))),
        ([4.8, 1.9, 1.3, "car"], (4.8, 1.9, 1.3, "car", None)),
        ([4.8, 1.9, 1.3], (4.8, 1.9, 1.3, "car", None)),
        ([0.5, 0.5, "pedestrian"], (0.5, 0.5, None, "pedestrian", None)),
        (["pedestrian"], (None, None, None, "pedestrian", None)),
        (["car", [1, 2]], (None, None, None, "car", (1, 2))),
    ],
)
def test_flat_attributes_are_read_as_the_sdk_reads_them(flat, expected):
    common = pytest.importorskip("invertedai.common")
    ours, theirs = attributes_to_properties(flat), common.AgentAttributes.fromlist(flat)
    assert (
        ours.length,
        ours.width,
        ours.rear_axis_offset,
        ours.agent_type,
        ours.waypoint,
    ) == expected
    assert (
        theirs.length,
        theirs.width,
        theirs.rear_axis_offset,
        theirs.agent_type or "car",
    ) == expected[:4]


def test_initialize_counts_agents_in_each_of_the_three_forms():
    def count(**body):
        return len(InitializeRequest.model_validate({"location": "x"} | body).properties())

    assert count(num_agents_to_spawn=5) == 5
    assert count(agent_attributes=[["car"], ["car"]], num_agents_to_spawn=3) == 3
    assert count(agent_properties=[None, {"agent_type": "car"}]) == 2


def test_initialize_wants_sizes_for_agents_with_a_state():
    with pytest.raises(ValidationError, match=r"agents \[0\] have a state"):
        InitializeRequest.model_validate(
            {
                "location": "x",
                "states_history": [[[0, 0, 0, 0]]],
                "agent_properties": [{"agent_type": "car"}],
            }
        )


def test_a_rendering_centre_is_read_from_the_query():
    query = {
        "location": "x",
        "include_map_source": "True",
        "rendering_fov": "200",
        "rendering_center": "1.5,-2",
    }
    request = LocationInfoRequest.model_validate(query)
    assert (request.include_map_source, request.rendering_fov, request.rendering_center) == (
        True,
        200.0,
        (1.5, -2.0),
    )


def test_blame_wants_two_agents_that_exist():
    body = {
        "location": "x",
        "colliding_agents": [0, 2],
        "agent_state_history": [[[0, 0, 0, 0]] * 2],
        "agent_attributes": [[4.8, 1.9]] * 2,
    }
    with pytest.raises(ValidationError, match="two different agents from 0 to 1"):
        BlameRequest.model_validate(body)


def test_importing_the_models_loads_no_server_and_no_pictures():
    code = (
        "import sys, iai_proxy.sandbox.requests.drive_request, iai_proxy.api.faults\n"
        "unwanted = {'starlette', 'PIL', 'uvicorn', 'mitmproxy', 'click'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ["car", None])
def test_a_car_with_a_state_needs_a_rear_axle(kind):
    bare = CAR | {"rear_axis_offset": None, "agent_type": kind}
    with pytest.raises(ValidationError, match="rear_axis_offset"):
        DriveRequest.model_validate(a_drive(agent_properties=[bare]))
    with pytest.raises(ValidationError, match="rear_axis_offset"):
        an_initialize(bare)


def test_a_pedestrian_needs_no_rear_axle():
    walker = CAR | {"rear_axis_offset": None, "agent_type": "pedestrian"}
    DriveRequest.model_validate(a_drive(agent_properties=[walker]))
    an_initialize(walker, walker)


@pytest.mark.parametrize("given", [{"width": 1.15}, {"length": 4.5, "width": 1.9}])
def test_an_agent_to_be_sampled_has_all_of_its_sizes_or_none(given):
    an_initialize(CAR, {"agent_type": "car"}, CAR)
    with pytest.raises(ValidationError, match=r"agents \[1\] are to be sampled"):
        an_initialize(CAR, {"agent_type": "car", **given})


def an_initialize(*properties):
    """The first agent has a state."""
    body = {"location": "sandbox:ring", "states_history": [[[0, 0, 0, 0]]]}
    return InitializeRequest.model_validate(body | {"agent_properties": list(properties)})
