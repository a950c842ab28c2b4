"""What is under the agents, as far as a recording tells."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from PIL import Image
from support.exchanges import exchange, request, response
from support.recordings import change, write

from iai_proxy.api import Exchange
from iai_proxy.cli import group
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.maps import ORIGIN, world_of
from iai_proxy.sandbox.osm import lanelet_map
from iai_proxy.scene import Ground, Scene
from iai_proxy.scene.recorded import RecordedRun

Json = dict[str, Any]
#: Two agents, 3 m from each other.
STATES = [[100.0, 50.0, 0.0, 1.0], [103.0, 50.0, 0.0, 1.0]]
LIGHT = {
    "actor_id": 7, "agent_type": "traffic_light", "x": 1.0, "y": 2.0, "orientation": 0.5,
    "length": 1.0, "width": 3.5, "dependant": None,
}  # fmt: skip


def png(pixels: int, grey: int = 90) -> list[int]:
    encoded = io.BytesIO()
    Image.new("RGB", (pixels, pixels), (grey, grey, grey)).save(encoded, "PNG")
    return list(encoded.getvalue())


@dataclass
class Client:
    """Calls in their order, and what a scene of them has."""

    path: Path
    location: str = "iai:demo"
    exchanges: list[Exchange] = field(default_factory=list)

    def location_info(self, answer: Json, **asked: object) -> None:
        query = urlencode({"location": self.location, **asked})
        get = request(b"", method="GET", target=f"/v0/aws/m1/location_info?{query}")
        self._call(get, answer)

    def initialize(self, **more: Any) -> None:
        asked = {"location": self.location, "agent_properties": [{"agent_type": "car"}] * 2}
        answer = {"agent_states": STATES, "recurrent_states": [[1.0], [2.0]], **more}
        sent = request(json.dumps(asked).encode(), target="/v0/aws/m1/initialize")
        self._call(sent, answer)

    def drive(self, answer: Json, **asked: Any) -> None:
        sent = {
            "location": self.location, "agent_states": STATES, "recurrent_states": [[1.0], [2.0]],
            "agent_properties": [{"agent_type": "car"}] * 2, **asked,
        }  # fmt: skip
        body = {"agent_states": STATES, "recurrent_states": [[3.0], [4.0]], **answer}
        self._call(request(json.dumps(sent).encode(), target="/v0/aws/m1/drive"), body)

    def scene(self) -> Scene:
        write(self.path, *self.exchanges)
        with Recording(self.path) as recording:
            return RecordedRun(recording).scene()

    def _call(self, asked: Any, answer: Json) -> None:
        made = exchange(asked, response(json.dumps(answer).encode()))
        self.exchanges.append(replace(made, connection="c"))


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path / "run.iairec")


def test_the_picture_of_the_place_with_the_frame_that_the_api_chose(client: Client) -> None:
    client.location_info(
        {"birdview_image": png(8), "map_center": [100, 40.0], "map_fov": 120,
         "static_actors": [LIGHT, {"actor_id": "no"}, None]}
    )  # fmt: skip
    client.initialize()
    scene = client.scene()
    picture = scene.ground.picture
    assert picture is not None
    assert (picture.data, picture.center, picture.fov) == (bytes(png(8)), (100.0, 40.0), 120.0)
    assert not picture.mirrored
    (light,) = scene.actors
    assert (light.actor_id, light.agent_type, light.x, light.y) == (7, "traffic_light", 1.0, 2.0)
    assert (light.orientation, light.length, light.width) == (0.5, 1.0, 3.5)


def test_of_thousands_of_actors_the_first_are_drawn_and_it_is_said(client: Client) -> None:
    client.location_info({"static_actors": [LIGHT] * 5_001})
    client.initialize()
    scene = client.scene()
    assert len(scene.actors) == 5_000
    assert scene.left_out == ("of 5001 static actors of the location the first 5000 are drawn",)
    page = CliRunner().invoke(group, ["render", str(client.path), "-o", f"{client.path}.html"])
    assert scene.left_out[0] in page.stderr
    picture = CliRunner().invoke(group, ["render", str(client.path), "-o", f"{client.path}.png"])
    assert scene.left_out[0] in picture.stderr


def test_it_is_said_that_a_map_has_too_many_lanes(client: Client) -> None:
    nodes = "".join(f'<node id="{n}" lat="{n * 1e-6}" lon="1"/>' for n in range(600))
    way = "".join(f'<nd ref="{n}"/>' for n in range(600))
    sides = "".join(f'<member type="way" ref="8" role="{side}"/>' for side in ("left", "right"))
    lane = f'<relation id="5">{sides}<tag k="type" v="lanelet"/></relation>'
    osm_map = f'<osm>{nodes}<way id="8">{way}</way>{lane * 500}</osm>'
    client.location_info({"osm_map": osm_map, "map_origin": ORIGIN})
    client.initialize()
    scene = client.scene()
    assert scene.ground == Ground()
    (sentence,) = scene.left_out
    assert sentence.startswith("the lanes of the location are not drawn: its lanes have 600000")


def test_the_frame_that_was_asked_for_counts(client: Client) -> None:
    client.location_info(
        {"birdview_image": png(8), "map_center": [0, 0], "map_fov": 120},
        rendering_center="100.5,50",
        rendering_fov=60,
    )
    client.initialize()
    picture = client.scene().ground.picture
    assert picture is not None
    assert (picture.center, picture.fov) == ((100.5, 50.0), 60.0)


def test_the_latest_before_the_run_counts_and_else_the_first_later(client: Client) -> None:
    def answer(grey: int) -> Json:
        return {"birdview_image": png(8, grey), "map_center": [100, 50], "map_fov": 120}

    client.location_info(answer(1))
    client.location_info(answer(2))
    client.initialize()
    client.location_info(answer(3))
    picture = client.scene().ground.picture
    assert picture is not None
    assert picture.data == bytes(png(8, 2))
    later = Client(client.path.with_name("later.iairec"))
    later.initialize()
    later.location_info(answer(3))
    later.location_info(answer(4))
    picture = later.scene().ground.picture
    assert picture is not None
    assert picture.data == bytes(png(8, 3))


def test_of_several_pictures_the_finest_that_shows_most_agents(client: Client) -> None:
    def ask(pixels: int, x: float, fov: float) -> None:
        asked = {"rendering_center": f"{x},50", "rendering_fov": fov}
        client.location_info({"birdview_image": png(pixels)}, **asked)

    ask(40, 100, 400)  # all, a tenth of a pixel a metre
    ask(40, 101.5, 20)  # all, 2 pixels a metre
    ask(20, 101.5, 20)  # all, 1 pixel a metre
    ask(40, 104, 4)  # only the second agent, 10 pixels a metre
    ask(40, 900, 4)
    client.initialize()
    picture = client.scene().ground.picture
    assert picture is not None
    assert picture.data == bytes(png(40))
    assert picture.fov == 20


def test_maps_in_left_handed_coordinates_are_mirrored(client: Client) -> None:
    client.location = "carla:Town03"
    client.location_info({"birdview_image": png(8), "map_center": [100, 50], "map_fov": 120})
    client.initialize()
    picture = client.scene().ground.picture
    assert picture is not None
    assert picture.mirrored


def test_a_picture_of_a_step_counts_where_none_of_the_place_is_recorded(client: Client) -> None:
    client.location_info({"birdview_image": [], "map_center": [90, 40], "map_fov": 200})
    client.initialize(birdview=png(9))
    client.drive({"birdview": png(10)}, rendering_center=[100, 50], rendering_fov=80)
    picture = client.scene().ground.picture
    assert picture is not None
    assert (picture.data, picture.center, picture.fov) == (bytes(png(9)), (90.0, 40.0), 200.0)
    del client.exchanges[0]  # then nothing says what the first picture shows
    client.path = client.path.with_name("unasked.iairec")
    picture = client.scene().ground.picture
    assert picture is not None
    assert (picture.data, picture.center, picture.fov) == (bytes(png(10)), (100.0, 50.0), 80.0)


def test_without_a_picture_there_are_the_lanes(client: Client) -> None:
    world = world_of("sandbox:ring")
    client.location_info({"osm_map": "<osm", "map_origin": ORIGIN})
    client.location_info({"osm_map": lanelet_map(world), "map_origin": ORIGIN})
    client.location_info({"osm_map": "", "map_origin": None})
    client.initialize()
    ground = client.scene().ground
    assert ground.picture is None
    assert len(ground.areas) == len(world.lanes)
    assert len(ground.borders) == 2 * len(world.lanes)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"birdview_image": png(8)},  # of where?
        {"birdview_image": png(8), "map_center": [0, 0], "map_fov": 0},
        {"birdview_image": png(8), "map_center": [0, "x"], "map_fov": 9},
        {"birdview_image": [1, 2, 3], "map_center": [0, 0], "map_fov": 9},
        {"birdview_image": png(1), "map_center": [0, 0], "map_fov": 9},  # it was scrubbed
        {"birdview_image": [1, 2, 300], "map_center": [0, 0], "map_fov": 9},
        {"birdview_image": ["a"], "map_center": [0, 0], "map_fov": 9},
        {"birdview_image": "text", "map_center": [0, 0], "map_fov": 9},
        {"osm_map": 7, "static_actors": {"a": 1}},
    ],
)
def test_what_is_not_as_the_api_answers_it_is_left_out(client: Client, answer: Json) -> None:
    client.location_info(answer)
    client.initialize()
    scene = client.scene()
    assert scene.ground.picture is None
    assert (scene.ground.areas, scene.actors) == ((), ())
    assert len(scene.frames) == 1


def test_a_place_of_another_name_is_another_place(client: Client) -> None:
    client.location_info({"birdview_image": png(8), "map_center": [0, 0], "map_fov": 9})
    client.location = "iai:other"
    client.initialize()
    assert client.scene().ground.picture is None


def test_a_damaged_answer_is_no_answer(client: Client) -> None:
    client.location_info({"birdview_image": png(8), "map_center": [0, 0], "map_fov": 9})
    client.initialize()
    write(client.path, *client.exchanges)
    of_map = "(SELECT response_hash FROM exchange WHERE endpoint = 'location_info')"
    change(client.path, f"UPDATE body SET codec = 'raw', data = x'00' WHERE hash = {of_map}")
    with Recording(client.path) as recording:
        scene = RecordedRun(recording).scene()
    assert scene.ground.picture is None
    assert len(scene.frames[0].agents) == 2
