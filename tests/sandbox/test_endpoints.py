"""What the sandbox answers, without HTTP: sound traffic, and nothing left to chance."""

import math
import random
from array import array
from xml.etree import ElementTree

import orjson
import pytest

from iai_proxy.api.limits import RECURRENT_SIZE
from iai_proxy.sandbox import endpoints, maps
from iai_proxy.sandbox.geometry import OrientedBox
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.requests.drive_request import DriveRequest
from iai_proxy.sandbox.requests.initialize_request import InitializeRequest
from iai_proxy.sandbox.requests.queries import LocationInfoRequest

#: The fields that the SDK reads (``docs/wire.md``); it fails with a KeyError without one of them.
DRIVE_FIELDS = {
    "agent_states",
    "recurrent_states",
    "birdview",
    "infraction_indicators",
    "is_inside_supported_area",
    "traffic_lights_states",
    "light_recurrent_states",
    "model_version",
}
INITIALIZE_FIELDS = DRIVE_FIELDS - {"is_inside_supported_area"} | {
    "agent_attributes",
    "agent_properties",
}
LOCATION_INFO_FIELDS = {
    "version",
    "max_agent_number",
    "bounding_polygon",
    "birdview_image",
    "osm_map",
    "map_origin",
    "map_center",
    "map_fov",
    "static_actors",
}
CONTINUED = ("agent_states", "recurrent_states", "light_recurrent_states")


def initialize(seed=0, **body):
    body = {"location": "sandbox:crossing", "random_seed": 1} | body
    return orjson.loads(
        orjson.dumps(endpoints.initialize(InitializeRequest.model_validate(body), seed))
    )


def next_body(before, properties, **changed):
    return {
        "location": "sandbox:crossing",
        "agent_properties": properties,
        "random_seed": 1,
        **{name: before[name] for name in CONTINUED},
        **changed,
    }


def drive(body, seed=0):
    return orjson.loads(orjson.dumps(endpoints.drive(DriveRequest.model_validate(body), seed)))


def agents(cars, pedestrians=0):
    return [{"agent_type": "car"}] * cars + [{"agent_type": "pedestrian"}] * pedestrians


@pytest.mark.parametrize(
    ("location", "cars"), [("sandbox:crossing", 40), ("sandbox:ring", 40), ("sandbox:grid", 85)]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_200_steps_have_no_collision_no_one_off_the_road_and_no_jump(location, cars, seed):
    answer = initialize(
        location=location, agent_properties=agents(cars, 5), random_seed=seed, get_infractions=True
    )
    properties = answer["agent_properties"]
    travelled = 0.0
    for step in range(200):
        before = answer["agent_states"]
        infractions = step % 4 == 0
        answer = drive(
            next_body(
                answer, properties, location=location, random_seed=step, get_infractions=infractions
            )
        )
        assert all(answer["is_inside_supported_area"])
        if infractions:
            assert answer["infraction_indicators"] == [[False, False, False]] * (cars + 5)
        for old, new in zip(before, answer["agent_states"], strict=True):
            moved = math.dist(old[:2], new[:2])
            travelled += moved
            assert abs(new[3] - old[3]) <= 0.6  # 6 m/s2
            assert moved == pytest.approx((old[3] + new[3]) / 2 * 0.1, abs=1e-6)
            assert 0 <= new[3] <= 12
    assert travelled / (cars + 5) / 20 > 1.0  # m/s on average: it is no standstill either


@pytest.mark.parametrize("location", maps.LOCATIONS)
def test_initialize_places_100_agents_on_lanes_without_overlap(location):
    answer = initialize(location=location, agent_properties=agents(90, 10), get_infractions=True)
    assert set(answer) == INITIALIZE_FIELDS
    assert answer["infraction_indicators"] == [[False, False, False]] * 100
    for item in answer["agent_properties"][:90]:
        assert 4.5 <= item["length"] <= 5.2
        assert 1.8 <= item["width"] <= 2.1
        assert 0 < item["rear_axis_offset"] < item["length"] / 2


def test_agents_that_are_given_stay_and_the_others_keep_off_them():
    first = initialize(agent_properties=agents(20))
    given, sizes = first["agent_states"], first["agent_properties"]
    second = initialize(
        states_history=[given],
        agent_properties=sizes + agents(30),
        random_seed=9,
        get_infractions=True,
    )
    assert second["agent_states"][:20] == given
    assert second["agent_properties"][:20] == sizes
    assert not any(collision for collision, _, _ in second["infraction_indicators"])


def test_agents_are_sampled_around_the_location_of_interest():
    answer = initialize(
        location="sandbox:grid", agent_properties=agents(15), location_of_interest=[200, -100]
    )
    assert all(abs(x - 200) < 50 and abs(y + 100) < 50 for x, y, _, _ in answer["agent_states"])


def test_too_many_agents_for_a_place_are_refused_with_the_place():
    with pytest.raises(
        RequestRefusedError, match=r"of 100 agents could be placed within 50 m of \(0, 0\)"
    ):
        initialize(
            location="sandbox:grid", agent_properties=agents(100), location_of_interest=[0, 0]
        )


def test_a_point_of_a_real_map_far_from_ours_is_ignored():
    answer = initialize(
        location="carla:Town04", agent_properties=agents(5), location_of_interest=[3130, -194]
    )
    assert len(answer["agent_states"]) == 5


def test_the_same_request_gets_the_same_answer_at_any_time():
    answer = initialize(agent_properties=agents(20))
    body = next_body(answer, answer["agent_properties"])
    first = drive(body)
    drive(body | {"random_seed": 99})
    assert drive(body) == first
    assert initialize(agent_properties=agents(20)) == answer


def test_the_servers_seed_counts_only_for_calls_without_one():
    answer = initialize(agent_properties=agents(5))
    body = next_body(answer, answer["agent_properties"])
    assert drive(body, seed=1) == drive(body, seed=2)
    assert drive(body | {"random_seed": None}, seed=1) != drive(
        body | {"random_seed": None}, seed=2
    )


def test_a_seed_changes_states_and_every_recurrent_state():
    answer = initialize(agent_properties=agents(20))
    body = next_body(answer, answer["agent_properties"])
    first, second = drive(body), drive(body | {"random_seed": 2})
    assert first["agent_states"] != second["agent_states"]
    assert all(
        old != new
        for old, new in zip(first["recurrent_states"], second["recurrent_states"], strict=True)
    )


def test_other_agents_in_the_call_change_every_answer_but_their_order_does_not():
    answer = initialize(agent_properties=agents(20))
    properties = answer["agent_properties"]
    whole = drive(next_body(answer, properties))
    fewer = {name: answer[name][:19] for name in ("agent_states", "recurrent_states")}
    part = drive(next_body(answer, properties[:19], **fewer))
    assert all(
        old != new
        for old, new in zip(whole["recurrent_states"], part["recurrent_states"], strict=False)
    )
    order = random.Random(1).sample(range(20), 20)
    shuffled = {
        name: [answer[name][index] for index in order]
        for name in ("agent_states", "recurrent_states")
    }
    again = drive(next_body(answer, [properties[index] for index in order], **shuffled))
    assert again["agent_states"] == [whole["agent_states"][index] for index in order]
    assert again["recurrent_states"] == [whole["recurrent_states"][index] for index in order]


def test_recurrent_states_are_152_doubles_new_at_each_step_and_for_each_agent():
    answer = initialize(agent_properties=agents(20))
    after = drive(next_body(answer, answer["agent_properties"]))
    assert set(after) == DRIVE_FIELDS
    seen = answer["recurrent_states"] + after["recurrent_states"]
    assert {len(state) for state in seen} == {RECURRENT_SIZE}
    assert len({tuple(state[7:]) for state in seen}) == 40
    assert len({value for state in seen for value in state[7:]}) == 40 * (RECURRENT_SIZE - 7)


def test_recurrent_states_are_32_bit_floats_written_as_doubles():
    answer = initialize(agent_properties=agents(20))
    numbers = [number for state in answer["recurrent_states"] for number in state]
    assert array("f", numbers).tolist() == numbers
    assert all(type(number) is float for number in numbers)


@pytest.mark.parametrize(
    "past",
    [
        None,
        [[0.0] * 152] * 10,
        [[1e300] * 152] * 10,
        [[-1.0] * 152] * 10,
        [[20240.125, 1e9, -5.0, 3.5, 0.0, -1.0, 1e300] + [0.5] * 145] * 10,
    ],
)
def test_a_missing_or_foreign_recurrent_state_is_recovered_from(past):
    answer = initialize(agent_properties=agents(10))
    after = drive(next_body(answer, answer["agent_properties"], recurrent_states=past))
    for old, new in zip(answer["agent_states"], after["agent_states"], strict=True):
        assert math.dist(old[:2], new[:2]) < 1.3
        assert abs(new[3] - old[3]) <= 0.6


def test_an_agent_that_the_client_moved_goes_on_from_there():
    answer = initialize(agent_properties=agents(10))
    moved = [list(state) for state in answer["agent_states"]]
    moved[3] = [500.0, 500.0, 1.0, 4.0]
    after = drive(next_body(answer, answer["agent_properties"], agent_states=moved))
    assert math.dist(after["agent_states"][3][:2], (500, 500)) < 0.6
    assert after["is_inside_supported_area"][3] is False
    assert after["is_inside_supported_area"].count(True) == 9


def test_a_car_stops_before_a_red_light_that_the_client_sent():
    world = maps.world_of("sandbox:crossing")
    lane = next(lane for lane in world.lanes if lane.light is not None)
    x, y, heading = lane.at(5.0)
    size = {"length": 4.8, "width": 1.9, "rear_axis_offset": 1.3, "agent_type": "car"}
    red = {str(line.actor_id): "red" for line in world.stop_lines}
    answer = initialize(states_history=[[[x, y, heading, 9.0]]], agent_properties=[size])
    for _ in range(200):
        answer = drive(
            next_body(answer, answer.get("agent_properties", [size]), traffic_lights_states=red)
        )
        assert answer["traffic_lights_states"] == red
    rest = lane.length - lane.project(*answer["agent_states"][0][:2], near=lane.length).s - 4.8 / 2
    assert answer["agent_states"][0][3] < 0.05
    assert 0 < rest < 3


def test_lights_are_null_on_a_map_without_any():
    answer = initialize(location="sandbox:ring", agent_properties=agents(2))
    after = drive(next_body(answer, answer["agent_properties"], location="sandbox:ring"))
    for each in (answer, after):
        assert (each["traffic_lights_states"], each["light_recurrent_states"]) == (None, None)


def test_a_wrong_number_of_light_groups_is_refused():
    answer = initialize(agent_properties=agents(2))
    with pytest.raises(RequestRefusedError, match="has 1 groups, but the location has 5"):
        drive(next_body(answer, answer["agent_properties"], light_recurrent_states=[[0, 1]]))


def test_a_collision_that_the_client_made_is_seen():
    answer = initialize(agent_properties=agents(3))
    states = [answer["agent_states"][0], answer["agent_states"][0], answer["agent_states"][2]]
    after = drive(
        next_body(answer, answer["agent_properties"], agent_states=states, get_infractions=True)
    )
    assert [collision for collision, _, _ in after["infraction_indicators"]] == [True, True, False]


@pytest.mark.parametrize("location", maps.LOCATIONS)
def test_location_info_has_every_field_and_its_map_is_valid_xml(location):
    query = {"location": location, "include_map_source": "True"}
    answer = endpoints.location_info(LocationInfoRequest.model_validate(query))
    assert set(answer) == LOCATION_INFO_FIELDS
    assert bytes(answer["birdview_image"]).startswith(b"\x89PNG")
    root = ElementTree.fromstring(answer["osm_map"])
    nodes = {node.get("id") for node in root.iter("node")}
    ways = {way.get("id") for way in root.iter("way")}
    assert all(part.get("ref") in nodes for part in root.iter("nd"))
    assert all(member.get("ref") in ways for member in root.iter("member"))
    assert len(root.findall("relation")) == len(maps.world_of(location).lanes)


def test_no_sampled_car_starts_with_its_front_over_a_stop_line():
    world = maps.world_of("sandbox:crossing")
    lines = [
        OrientedBox(line.x, line.y, line.heading, 0.1, line.width) for line in world.stop_lines
    ]
    answer = initialize(agent_properties=agents(60))
    cars = [
        OrientedBox(*state[:3], size["length"], size["width"])
        for state, size in zip(answer["agent_states"], answer["agent_properties"], strict=True)
    ]
    assert not any(car.overlaps(line) for car in cars for line in lines)


def test_a_picture_of_a_real_place_has_the_centre_that_was_asked_for():
    """The SDK's scenario suite has a highway 22 km from its map's origin."""
    far = LocationInfoRequest(
        location="usa:sanjose_highway_nosign",
        rendering_fov=100,
        rendering_center=(-20162.939453125, 9510.185546875),
    )
    answer = endpoints.location_info(far)
    assert answer["map_center"] == (-20162.939453125, 9510.185546875)
    with pytest.raises(RequestRefusedError):
        endpoints.location_info(far.model_copy(update={"location": "sandbox:ring"}))


def test_the_map_is_a_string_also_where_it_was_not_asked_for():
    """The C++ SDK takes no null."""
    assert endpoints.location_info(LocationInfoRequest(location="sandbox:ring"))["osm_map"] == ""
