"""How well an answer continues a request."""

from __future__ import annotations

from math import inf, pi
from typing import Any

import pytest
from logs.log_bodies import log_body

from iai_proxy.api import Endpoint
from iai_proxy.logs.fit import Fit

Json = dict[str, Any]


def distance(model: Endpoint, request: Json, answer: Json, query: str = "") -> float:
    return Fit(model).distance(
        log_body(request, model, query=query), log_body(answer, model, is_answer=True)
    )


def drive(*states: list[float]) -> Json:
    return {"agent_states": list(states)}


def test_an_agent_is_expected_where_its_speed_takes_it_in_a_tenth_of_a_second() -> None:
    """10 m/s along y is 1 m."""
    sent = drive([5.0, 5.0, pi / 2, 10.0])
    assert distance(Endpoint.DRIVE, sent, drive([5.0, 6.0, 0.0, 0.0])) == pytest.approx(0)
    assert distance(Endpoint.DRIVE, sent, drive([8.0, 10.0, 0.0, 0.0])) == pytest.approx(5)


def test_the_distance_is_the_mean_over_all_agents() -> None:
    sent = drive([0.0, 0.0, 0.0, 0.0], [0.0, 9.0, 0.0, 0.0])
    answered = drive([3.0, 4.0, 0.0, 0.0], [0.0, 9.0, 0.0, 0.0])
    assert distance(Endpoint.DRIVE, sent, answered) == pytest.approx(2.5)
    assert distance(Endpoint.DRIVE, drive(), drive()) == 0


def test_an_answer_for_another_number_of_agents_can_not_continue_a_request() -> None:
    assert distance(Endpoint.DRIVE, drive([0.0] * 4), drive()) == inf


GIVEN = [1.0, 2.0, 0.0, 3.0]


@pytest.mark.parametrize(
    ("request_body", "answered", "contradictions"),
    [
        ({"states_history": [[GIVEN]]}, [GIVEN], 0),
        ({"states_history": [[GIVEN]]}, [[9.0, 2.0, 0.0, 3.0]], 1),  # a given state is kept
        ({"agent_properties": [{}] * 3}, [GIVEN], 2),
        ({"states_history": [[GIVEN]], "num_agents_to_spawn": 2}, [GIVEN, [4.0] * 4], 1),
        # Placed 50 m from where it was asked for: half of what counts as one.
        ({"agent_properties": [{}], "location_of_interest": [31.0, 42.0]}, [GIVEN], 0.5),
    ],
)
def test_of_initialize_contradictions_are_counted(
    request_body: Json, answered: list[list[float]], contradictions: float
) -> None:
    assert distance(Endpoint.INITIALIZE, request_body, drive(*answered)) == contradictions


@pytest.mark.parametrize(
    ("query", "answer", "contradictions"),
    [
        ("", {"osm_map": "x", "map_fov": 99}, 0),  # it says nothing
        ("?location=a&include_map_source=true", {"osm_map": "x"}, 0),
        ("?location=a&include_map_source=true", {"osm_map": None}, 1),
        ("?location=a&rendering_fov=100", {"map_fov": 100.0}, 0),
        ("?location=a&rendering_fov=100&include_map_source=true", {"map_fov": 80.0}, 2),
    ],
)
def test_of_location_info_map_and_field_of_view_are_compared(
    query: str, answer: Json, contradictions: float
) -> None:
    assert distance(Endpoint.LOCATION_INFO, {}, answer, query) == contradictions


def test_sizes_are_given_by_properties_or_attributes_or_not_at_all() -> None:
    fit = Fit(Endpoint.DRIVE)
    states = {"agent_states": [GIVEN] * 3}
    properties = [{"length": 4.5, "width": 2.0}, {"agent_type": "car"}]
    described = log_body({**states, "agent_properties": properties}, Endpoint.DRIVE)
    assert [fit.size(described, agent) for agent in range(3)] == [(4.5, 2.0), None, None]
    listed = log_body({**states, "agent_attributes": [[4.5, 2.0, 1.5]]}, Endpoint.DRIVE)
    assert fit.size(listed, 0) == (4.5, 2.0)
