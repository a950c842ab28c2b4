"""The recorded step closest to agents that carry nothing recorded."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.lineage import Observation
from iai_proxy.replay import IncomingRequest, RecordedSteps
from iai_proxy.replay.nearest import NearestSteps

Place = tuple[float, float]


def asked(world: World, *places: Place) -> Observation:
    agents = [Held(0, [x, y, 0.0, 0.0], None) for x, y in places]
    body = json.dumps(world.drive_request(agents)).encode()
    return IncomingRequest(Endpoint.DRIVE, "POST", "/drive", body, DEFAULT_IGNORED).observation


def run(world: World, *steps: Sequence[Place]) -> World:
    """Record a run whose agents the client puts at these places before each step."""
    agents = world.initialize(len(steps[0]))
    for places in steps:
        for held, (x, y) in zip(agents, places, strict=True):
            held.state = [x, y, 0.0, 0.0]
        agents = world.drive(agents)
    return world


def closest(
    world: World, observation: Observation, tolerance: float = 0.0
) -> tuple[int, float] | None:
    """(number of the step's exchange, how far apart)."""
    found = NearestSteps(RecordedSteps(world.observations).steps).to(observation, tolerance)
    return (found.step.numbers[0], found.apart) if found else None


def test_the_closest_step_is_found_by_where_the_agents_stand() -> None:
    world = run(World(), [(0.0, 0.0)], [(10.0, 0.0)], [(20.0, 0.0)])
    assert closest(world, asked(world, (11.0, 0.5))) == (3, 1.0)
    assert closest(world, asked(world, (999.0, 0.0))) == (4, 979.0)


def test_all_agents_count_not_just_the_first() -> None:
    world = run(World(), [(0.0, 0.0), (50.0, 0.0)], [(1.0, 0.0), (5.0, 0.0)])
    assert closest(world, asked(world, (0.0, 0.0), (6.0, 0.0))) == (3, 1.0)


def test_fewer_agents_are_found_among_those_of_a_step() -> None:
    world = run(World(), [(0.0, 0.0), (50.0, 0.0)], [(1.0, 0.0), (70.0, 0.0)])
    assert closest(world, asked(world, (70.0, 0.0))) == (3, 0.0)


def test_agents_beyond_the_number_of_a_step_are_unknown_to_it() -> None:
    world = run(World(), [(0.0, 0.0)], [(3.0, 0.0)])
    found = NearestSteps(RecordedSteps(world.observations).steps).to(
        asked(world, (2.0, 0.0), (9.0, 0.0)), 0.0
    )
    assert found
    assert (found.step.numbers, found.unknown, found.apart) == ((3,), (1,), 1.0)


def test_a_step_that_has_all_agents_is_closer_than_one_that_lacks_some() -> None:
    world = run(World(), [(0.0, 0.0)])
    run(world, [(40.0, 0.0), (60.0, 0.0)])
    found = NearestSteps(RecordedSteps(world.observations).steps).to(
        asked(world, (0.0, 0.0), (60.0, 0.0)), 0.0
    )
    assert found
    assert (found.step.numbers, found.unknown, found.apart) == ((4,), (), 40.0)


def test_the_step_of_an_initialize_is_never_the_closest() -> None:
    world = World()
    world.initialize(2)
    assert closest(world, asked(world, (0.0, 0.0))) is None


def test_another_location_is_never_close() -> None:
    world = run(World(), [(0.0, 0.0)])
    assert closest(world, asked(World(location="there"), (0.0, 0.0))) is None


def test_a_request_without_agents_is_close_to_nothing() -> None:
    world = run(World(), [(0.0, 0.0)])
    assert closest(world, asked(world)) is None


def test_any_part_of_a_large_call_leads_to_its_step() -> None:
    world = World()
    agents = world.initialize(4)
    for index, held in enumerate(agents):
        held.state = [100.0 * index, 0.0, 0.0, 0.0]
    world.large_drive(agents, [([0, 1], [2]), ([2, 3], [])])
    found = NearestSteps(RecordedSteps(world.observations).steps).to(
        asked(world, (200.0, 0.0), (300.0, 0.0)), 0.0
    )
    assert found
    assert (found.step.numbers, found.identities, found.apart) == ((2, 3), (2, 3), 0.0)


places = st.tuples(st.floats(-100, 100), st.floats(-100, 100))


@given(st.lists(places, min_size=1, max_size=30), places)
def test_of_one_agent_no_step_is_closer_than_the_one_found(
    recorded: list[Place], place: Place
) -> None:
    world = run(World(), *([place] for place in recorded))
    found = closest(world, asked(world, place))
    assert found
    ways = sorted(math.dist(found_at, place) for found_at in recorded)
    number, apart = found
    x, y = recorded[number - 2]
    assert apart == max(abs(x - place[0]), abs(y - place[1]))
    assert (
        math.dist((x, y), place) <= ways[min(len(ways), 16) - 1]
    )  # the best sixteen are compared whole
