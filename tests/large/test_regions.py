"""Differential tests: the regions are those that the SDK's helpers make."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qs

import invertedai as iai
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from invertedai.common import AgentType
from PIL import Image
from support.large import Service, sdk_talking_to

from iai_proxy.large.drive import AnswerError
from iai_proxy.large.payload import PayloadError
from iai_proxy.large.regions import RegionsQuery, drivable_share, grid

Json = dict[str, Any]


def picture(width: int, mode: str = "RGB") -> Json:
    """A picture of 20 by 20, black but for so many columns."""
    image = Image.new(mode, (20, 20))
    for x in range(width):
        for y in range(20):
            image.putpixel((x, y), {"RGB": (0, 0, 9), "RGBA": (9, 0, 0, 0), "P": 3}[mode])
    if mode == "P":
        image.putpalette([0, 0, 0] * 3 + [0, 5, 0] * 253)
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return {"birdview_image": list(packed.getvalue())}


class Map(Service):
    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        self.requests.append(
            {name: str(value) for name, value in params.items() if value is not None}
        )
        x, y = (float(part) for part in params["rendering_center"].split(","))
        return {
            **picture(int(abs(x + 3 * y)) % 20), "version": "v", "max_agent_number": 100, "bounding_polygon": None,
            "osm_map": None, "map_origin": None, "map_center": [0, 0], "map_fov": 100, "static_actors": [],
        }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.floats(1, 400),
    st.floats(1, 400),
    st.tuples(st.floats(-900, 900), st.floats(-900, 900)),
    st.floats(20, 90),
)
def test_the_grid(width: float, height: float, center: tuple[float, float], stride: float) -> None:
    expected = iai.get_regions_in_grid(width=width, height=height, map_center=center, stride=stride)
    assume(
        len(expected) <= 5000
    )  # rounding makes the SDK's copies of one point several, and theirs again
    assert grid(width, height, center, stride) == [
        (region.center.x, region.center.y) for region in expected
    ]


@pytest.mark.parametrize("seed", [0, 5, 77])
@pytest.mark.parametrize(
    ("agents", "counts"),
    [("70", {"car": 70}), ("car:9,pedestrian:30", {"car": 9, "pedestrian": 30})],
)
def test_agents_are_shared_out_by_drivable_area(
    seed: int, agents: str, counts: dict[str, int]
) -> None:
    service = Map()
    with sdk_talking_to(service):
        expected = iai.get_regions_default(
            "here",
            agent_count_dict={AgentType(name): count for name, count in counts.items()},
            area_shape=(180, 130),
            map_center=(20, -10),
            random_seed=seed,
        )
    query = f"location=here&width=180&height=130&center=20,-10&agents={agents}&random_seed={seed}"
    asked = RegionsQuery.of(query)
    requests = [
        {name: value for name, (value,) in parse_qs(one).items()} for one in asked.requests()
    ]
    assert requests == service.requests
    whole = asked.shared_out([Map().request("location_info", params=one) for one in requests])
    assert (whole["location"], whole["random_seed"]) == ("here", seed)
    assert whole["regions"] == [
        {
            "center": [one.center.x, one.center.y],
            "size": one.size,
            "agent_states": [],
            "agent_properties": [item.serialize() for item in one.agent_properties],
        }
        for one in expected
    ]


def test_without_agents_there_is_the_grid_and_nothing_is_asked() -> None:
    asked = RegionsQuery.of("location=here&width=60&height=60")
    assert list(asked.requests()) == []
    assert [one["center"] for one in asked.shared_out([])["regions"]] == [
        [0, 0],
        [-50, -50],
        [-50, 50],
        [50, -50],
        [50, 50],
    ]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_what_is_not_black_can_be_driven_on(mode: str) -> None:
    assert drivable_share(0, picture(5, mode)) == 0.25
    assert drivable_share(0, picture(0, mode)) == 0


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"birdview_image": None}, {"birdview_image": [1, 2]}, {"birdview_image": [300]}],
)
def test_an_answer_without_a_picture_is_named(answer: Any) -> None:
    with pytest.raises(AnswerError, match="holds no picture"):
        drivable_share(3, answer)


def test_an_area_where_nothing_can_be_driven_on_is_refused() -> None:
    with pytest.raises(PayloadError, match="nothing of this area can be driven on"):
        RegionsQuery.of("location=here&agents=3").shared_out([picture(0)])


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("agents=3", [["query", "location"]]),
        ("location=a&width=x&height=-1", [["query", "width"], ["query", "height"]]),
        ("location=a&width=nan", [["query", "width"]]),
        ("location=a&agents=many", [["query", "agents"]]),
        ("location=a&agents=-1", [["query", "agents"]]),
        ("location=a&center=1&random_seed=1.5", [["query", "center"], ["query", "random_seed"]]),
        ("location=a&concurrency=0", [["query", "concurrency"]]),
        ("location=a&width=1e6&height=1e6", [["query", "width"]]),
        ("location=a&hight=50&agent=5", [["query", "agent"], ["query", "hight"]]),
        ("location=a&agents=car:5,bicycle:2", [["query", "agents"]]),
    ],
)
def test_a_query_that_can_not_be_read_is_refused_in_the_form_of_the_api(
    query: str, where: list[list[str]]
) -> None:
    with pytest.raises(PayloadError) as refused:
        RegionsQuery.of(query)
    assert [item["loc"] for item in refused.value.detail] == where
