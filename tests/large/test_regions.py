"""Differential tests: the regions are those that the SDK's helpers make."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import invertedai as iai
import pytest
from invertedai.common import AgentType
from support.large import Service, picture, sdk_talking_to

from iai_proxy.large.payload import PayloadError
from iai_proxy.large.regions import RegionsQuery

Json = dict[str, Any]


class Map(Service):
    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        self.requests.append(
            {name: str(value) for name, value in params.items() if value is not None}
        )
        x, y = (float(part) for part in params["rendering_center"].split(","))
        return {
            **picture(int(abs(x + 3 * y)) % 20), "version": "v", "max_agent_number": 100,
            "bounding_polygon": None, "osm_map": None, "map_origin": None, "map_center": [0, 0],
            "map_fov": 100, "static_actors": [],
        }  # fmt: skip


@pytest.mark.parametrize("seed", [0, 5, 77])
@pytest.mark.parametrize(
    ("agents", "counts"),
    [("70", {"car": 70}), ("car:9,pedestrian:30", {"car": 9, "pedestrian": 30})],
)
def test_agents_are_distributed_by_drivable_area(
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
    requests = [dict(parse_qsl(request)) for request in asked.requests()]
    assert requests == service.requests
    payload = asked.regions([Map().request("location_info", params=params) for params in requests])
    assert (payload["location"], payload["random_seed"]) == ("here", seed)
    assert payload["regions"] == [
        {
            "center": [region.center.x, region.center.y],
            "size": region.size,
            "agent_states": [],
            "agent_properties": [agent.serialize() for agent in region.agent_properties],
        }
        for region in expected
    ]


def test_without_agents_there_is_the_grid_and_nothing_is_asked() -> None:
    asked = RegionsQuery.of("location=here&width=60&height=60")
    assert list(asked.requests()) == []
    assert [region["center"] for region in asked.regions([])["regions"]] == [
        [0, 0],
        [-50, -50],
        [-50, 50],
        [50, -50],
        [50, 50],
    ]


def test_an_area_where_nothing_can_be_driven_on_is_refused() -> None:
    with pytest.raises(PayloadError, match="nothing of this area can be driven on"):
        RegionsQuery.of("location=here&agents=3").regions([picture(0)])


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
