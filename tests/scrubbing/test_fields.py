"""Every field of the API has a rule, and each place in it moves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.api.fields import ANSWERED_PER_AGENT, REQUESTED, WIRE_NAMES
from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.fields import FIELDS, scrubbed_object
from iai_proxy.scrubbing.maps import ORIGIN

ROOT = Path(__file__).parents[2]


def scrubbed(value: dict[str, Any], **options: Any) -> dict[str, Any]:
    return scrubbed_object(Disguise(7, **options), value)


def test_all_fields_of_requests_and_answers_are_known() -> None:
    known = {*REQUESTED, *ANSWERED_PER_AGENT, *WIRE_NAMES, *WIRE_NAMES.values()}
    assert known <= FIELDS.keys()


def test_all_fields_that_the_wire_page_names_are_known() -> None:
    page = (ROOT / "docs/wire.md").read_text()
    answers = page.partition("The answers:")[2].partition("The SDK indexes")[0]
    named = set(re.findall(r"`([a-z_]+)`", answers)) - {"drive", "initialize", "location_info"}
    assert len(named) > 15
    assert named <= FIELDS.keys()


def test_places_move_in_every_form() -> None:
    motion = Disguise(7).motion
    there = list(motion.place(1.5, -2.5))
    found = scrubbed(
        {
            "location_of_interest": [1.5, -2.5],
            "rendering_center": [1.5, -2.5],
            "bounding_polygon": [[1.5, -2.5], {"x": 1.5, "y": -2.5}],
            "map_center": [1.5, -2.5],
            "regions": [{"center": [1.5, -2.5], "size": 100.0, "agent_states": None}],
            "static_actors": [{"actor_id": 5, "x": 1.5, "y": -2.5, "orientation": 0.5}],
        }
    )
    assert found["location_of_interest"] == found["rendering_center"] == there
    assert found["bounding_polygon"] == [there, {"x": there[0], "y": there[1]}]
    assert found["map_center"] == there
    assert found["regions"] == [{"center": there, "size": 100.0, "agent_states": None}]
    (actor,) = found["static_actors"]
    assert [actor["x"], actor["y"]] == there
    assert actor["orientation"] == motion.heading(0.5)


def test_waypoints_of_the_sdks_own_agents_move() -> None:
    common = pytest.importorskip("invertedai.common")
    goal = common.Point(x=1.5, y=-2.5)
    properties = common.AgentProperties(length=4.0, width=2.0, waypoint=goal, waypoints=[goal])
    attributes = common.AgentAttributes(length=4.0, width=2.0, waypoint=goal)
    found = scrubbed(
        {
            "agent_properties": [{**properties.serialize(), "waypoints": [[1.5, -2.5]]}],
            "agent_attributes": [attributes.tolist()],
        }
    )
    there = list(Disguise(7).motion.place(1.5, -2.5))
    (moved,) = found["agent_properties"]
    assert (moved["waypoint"], moved["waypoints"]) == (there, [there])
    assert found["agent_attributes"] == [[4.0, 2.0, "car", there]]


#: Of a place, as the SDK's own scenario files have them: whoever has these can look it up.
LIGHTS = {
    "static_actors": [{"actor_id": 103760, "dependant": [103761]}, {"actor_id": 103761}],
    "traffic_lights_states": {"103761": "red", "Elm Street": "green", "103762": None},
    "traffic_light_state_history": [{"103760": "green"}],
}


def test_lights_have_the_same_other_numbers_everywhere() -> None:
    assert scrubbed(LIGHTS) == {
        "static_actors": [{"actor_id": 1, "dependant": [2]}, {"actor_id": 2}],
        "traffic_lights_states": {"2": "red", "3": None},
        "traffic_light_state_history": [{"1": "green"}],
    }


def test_numbers_of_lights_are_kept_on_request() -> None:
    found = scrubbed(LIGHTS, keep=["lights"], keep_unknown=True)
    assert found == LIGHTS


def test_agents_keep_their_indices() -> None:
    blamed = {"agents_at_fault": [4], "reasons": {"4": ["traffic_light_violation"]}}
    assert scrubbed(blamed) == blamed


def test_a_map_has_another_origin_and_no_version_of_its_own() -> None:
    found = scrubbed({"map_origin": [49.28, -123.12], "version": "vancouver-3"})
    assert found == {"map_origin": list(ORIGIN), "version": "scrubbed"}


def test_coordinates_are_kept_on_request() -> None:
    value = {"map_origin": [49.28, -123.12], "agent_states": [[1.5, 2.5, 0.5, 3.0]]}
    assert scrubbed(value, keep=["coordinates"]) == value


def test_a_location_of_carla_stays_one_since_its_pictures_are_mirrored() -> None:
    found = [scrubbed({"location": name})["location"] for name in ("carla:Town03", "iai:carla")]
    assert found == ["carla:place-a", "place-a"]


def test_locations_are_kept_on_request() -> None:
    assert scrubbed({"location": "town"}, keep=["locations"]) == {"location": "town"}
