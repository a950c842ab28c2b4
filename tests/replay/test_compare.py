"""Agents beside those of a recorded step: by hand, to the last bit at the edges."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.lineage import Observation, Step
from iai_proxy.replay import IncomingRequest, RecordedSteps
from iai_proxy.replay.compare import State, compare, largest_difference, likely_identities

ORIGIN: State = (0.0, 0.0, 0.0, 0.0)


def asked(world: World, *states: Sequence[float]) -> Observation:
    agents = [Held(0, list(state), None) for state in states]
    body = json.dumps(world.drive_request(agents)).encode()
    return IncomingRequest(Endpoint.DRIVE, "POST", "/drive", body, DEFAULT_IGNORED).observation


def step_of(
    *states: Sequence[float], newcomers: Sequence[Sequence[float]] = ()
) -> tuple[World, Step]:
    """A recorded step whose request gave these states; the newcomers come after the others."""
    world = World()
    agents = world.initialize(len(states))
    for held, state in zip(agents, states, strict=True):
        held.state = list(state)
    world.drive([*agents, *(Held(-1, list(state), None) for state in newcomers)])
    return world, RecordedSteps(world.observations).steps[1]


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (ORIGIN, 0.0),
        ((0.5, 0.0, 0.0, 0.0), 0.5),
        ((0.0, -0.5, 0.0, 0.0), 0.5),
        ((0.0, 0.0, 0.25, 0.0), 0.25),
        ((0.0, 0.0, 0.0, 2.0), 2.0),
        ((0.5, -3.0, 0.25, 2.0), 3.0),  # the largest, not the sum and not the distance
        ((math.inf, 0.0, 0.0, 0.0), math.inf),
        ((math.nan, 0.0, 0.0, 0.0), math.inf),
    ],
)
def test_states_are_apart_by_their_largest_difference(ours: State, expected: float) -> None:
    assert largest_difference(ours, ORIGIN) == largest_difference(ORIGIN, ours) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_the_same_as_itself(value: float) -> None:
    assert largest_difference((value, value, 0.0, 0.0), (value, value, 0.0, 0.0)) == 0.0


def test_an_infinite_orientation_is_infinitely_far_from_any_other() -> None:
    assert largest_difference((0.0, 0.0, math.inf, 0.0), ORIGIN) == math.inf
    assert largest_difference((0.0, 0.0, math.inf, 0.0), (0.0, 0.0, -math.inf, 0.0)) == math.inf


def test_orientations_are_compared_round_the_circle() -> None:
    assert largest_difference(
        (0.0, 0.0, math.pi - 0.01, 0.0), (0.0, 0.0, -math.pi + 0.01, 0.0)
    ) == pytest.approx(0.02)
    assert largest_difference((0.0, 0.0, math.tau, 0.0), ORIGIN) == 0.0
    assert largest_difference((0.0, 0.0, math.pi, 0.0), ORIGIN) == pytest.approx(math.pi)


@pytest.mark.parametrize("word", range(4))
def test_a_difference_of_exactly_the_tolerance_is_none_and_the_next_number_is_one(
    word: int,
) -> None:
    world, step = step_of(ORIGIN)
    state = [0.0] * 4
    state[word] = 0.5
    at = compare(asked(world, state), [0], step, 0.5)
    assert (at.fits, at.apart, at.differences) == (True, 0.5, [])
    state[word] = math.nextafter(0.5, 1)
    above = compare(asked(world, state), [0], step, 0.5)
    assert (above.fits, above.apart, len(above.differences)) == (False, math.nextafter(0.5, 1), 1)


def test_without_a_tolerance_the_last_bit_counts_and_the_words_show_it() -> None:
    world, step = step_of((1.0, 0.0, 0.0, 0.0))
    found = compare(asked(world, (math.nextafter(1.0, 2), 0.0, 0.0, 0.0)), [0], step, 0.0)
    assert not found.fits
    assert [str(one) for one in found.differences] == [
        "agent 0 x is 1.0000000000000002, recorded 1.0"
    ]


def test_differences_name_the_agent_as_it_stands_in_the_request_and_what_of_it_differs() -> None:
    world, step = step_of((1.0, 2.0, 0.5, 3.0), (4.0, 5.0, 0.5, 6.0))
    found = compare(asked(world, (4.0, 5.25, 0.5, 6.0), (1.0, 2.0, 0.25, 3.5)), [1, 0], step, 0.1)
    assert found.identities == (1, 0)
    assert [str(one) for one in found.differences] == [
        "agent 0 y is 5.25, recorded 5",
        "agent 1 orientation is 0.25, recorded 0.5",
        "agent 1 speed is 3.5, recorded 3",
    ]
    assert found.apart == 0.5


def test_an_agent_that_left_the_recorded_run_is_unknown_to_its_next_step() -> None:
    world = World()
    agents = world.initialize(3)
    world.drive([agents[0], agents[2]])
    found = compare(
        asked(world, *(held.state for held in agents)),
        [0, 1, 2],
        RecordedSteps(world.observations).steps[1],
        math.inf,
    )
    assert (found.unknown, found.identities, found.fits) == ((1,), (0, 2), False)


def test_newcomers_are_known_by_their_states() -> None:
    world, step = step_of(ORIGIN, newcomers=[(5.0, 0.0, 0.0, 0.0), (9.0, 0.0, 0.0, 0.0)])
    request = asked(world, (9.0, 0.0, 0.0, 0.0), ORIGIN, (5.0, 0.0, 0.0, 0.0))
    assert compare(request, [None, 0, None], step, 0.0).identities == (2, 0, 1)


def test_a_newcomer_beyond_the_tolerance_is_the_same_agent_elsewhere() -> None:
    world, step = step_of(ORIGIN, newcomers=[(5.0, 0.0, 0.0, 0.0)])
    near = compare(asked(world, ORIGIN, (5.5, 0.0, 0.0, 0.0)), [0, None], step, 0.5)
    assert (near.identities, near.fits) == ((0, 1), True)
    far = compare(
        asked(world, ORIGIN, (math.nextafter(5.5, 6), 0.0, 0.0, 0.0)), [0, None], step, 0.5
    )
    assert (far.identities, far.unknown, far.fits, len(far.differences)) == ((0, 1), (), False, 1)


def test_where_more_are_unknown_than_left_over_only_those_who_stand_exactly_there_are_known() -> (
    None
):
    world, step = step_of(ORIGIN, newcomers=[(5.0, 0.0, 0.0, 0.0)])
    request = asked(world, ORIGIN, (5.25, 0.0, 0.0, 0.0), (5.0, 0.0, 0.0, 0.0))
    found = compare(request, [0, None, None], step, 0.5)
    assert (found.identities, found.unknown) == ((0, 1), (1,))
    neither = compare(
        asked(world, ORIGIN, (5.25, 0.0, 0.0, 0.0), (6.0, 0.0, 0.0, 0.0)),
        [0, None, None],
        step,
        0.5,
    )
    assert (neither.identities, neither.unknown) == ((0,), (1, 2))


def test_left_over_newcomers_are_paired_with_the_unknown_the_closest_first() -> None:
    world, step = step_of(ORIGIN, newcomers=[(10.0, 0.0, 0.0, 0.0), (20.0, 0.0, 0.0, 0.0)])
    request = asked(world, (18.0, 0.0, 0.0, 0.0), (17.0, 0.0, 0.0, 0.0), ORIGIN)
    found = compare(request, [None, None, 0], step, 0.5)
    assert (found.identities, found.unknown, found.apart) == ((2, 1, 0), (), 7.0)


@pytest.mark.parametrize(("x", "y", "identities"), [(0.0, 9.0, (0, 1)), (9.0, 0.0, (1, 0))])
def test_one_identity_is_never_two_agents_and_belongs_to_the_one_closest_to_where_it_was(
    x: float, y: float, identities: tuple[int, int]
) -> None:
    world, step = step_of(ORIGIN, newcomers=[(9.0, 0.0, 0.0, 0.0)])
    found = compare(asked(world, (x, 0.0, 0.0, 0.0), (y, 0.0, 0.0, 0.0)), [0, 0], step, 0.0)
    assert (found.identities, found.fits) == (identities, True)


def test_of_two_with_one_identity_where_no_newcomer_is_left_one_is_unknown() -> None:
    world, step = step_of(ORIGIN)
    found = compare(asked(world, ORIGIN, ORIGIN), [0, 0], step, 0.0)
    assert (found.identities, found.unknown) == ((0,), (1,))


def test_two_newcomers_at_one_place_are_two_agents_and_a_third_is_unknown() -> None:
    place = (5.0, 0.0, 0.0, 0.0)
    world, step = step_of(ORIGIN, newcomers=[place, place])
    found = compare(asked(world, ORIGIN, place, place, place), [0, None, None, None], step, 0.0)
    assert (found.identities, found.unknown) == ((0, 1, 2), (3,))


def test_an_agent_that_goes_on_is_never_taken_for_a_newcomer() -> None:
    world, step = step_of((5.0, 0.0, 0.0, 0.0), newcomers=[(7.0, 0.0, 0.0, 0.0)])
    request = asked(world, (5.0, 0.0, 0.0, 0.0), (5.0, 0.0, 0.0, 0.0))
    found = compare(request, [0, None], step, 0.0)
    assert (found.identities, found.unknown) == ((0, 1), ())
    assert [str(one) for one in found.differences] == ["agent 1 x is 5, recorded 7"]


def test_no_agents_fit_any_step() -> None:
    world, step = step_of(ORIGIN)
    found = compare(asked(world), [], step, 0.0)
    assert (found.fits, found.apart, found.identities) == (True, 0.0, ())


def test_without_lineage_as_many_agents_are_the_same_in_the_same_order() -> None:
    world, step = step_of((0.0, 0.0, 0.0, 0.0), (9.0, 0.0, 0.0, 0.0))
    assert likely_identities(asked(world, (8.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)), step) == (
        0,
        1,
    )


def test_without_lineage_fewer_agents_are_each_the_closest_that_is_left() -> None:
    world, step = step_of((0.0, 0.0, 0.0, 0.0), (3.0, 4.0, 0.0, 0.0), (9.0, 0.0, 0.0, 0.0))
    assert likely_identities(asked(world, (9.5, 0.0, 0.0, 0.0), (2.9, 4.0, 0.0, 0.0)), step) == (
        2,
        1,
    )
    assert likely_identities(asked(world, (9.5, 0.0, 0.0, 0.0), (9.4, 0.0, 0.0, 0.0)), step) == (
        2,
        1,
    )


def test_more_agents_than_the_step_has_are_not_its_agents() -> None:
    world, step = step_of(ORIGIN)
    assert likely_identities(asked(world, ORIGIN, ORIGIN), step) is None


finite = st.floats(-1e6, 1e6)
states = st.tuples(finite, finite, finite, finite)


@given(states, states)
def test_being_apart_is_the_same_both_ways_and_nothing_to_itself(one: State, other: State) -> None:
    assert largest_difference(one, other) == largest_difference(other, one) >= 0.0
    assert largest_difference(one, one) == 0.0


@given(st.lists(states, min_size=1, max_size=5), st.data())
def test_a_step_fits_at_the_distance_it_is_apart_and_at_no_smaller_one(
    given: list[State], data: st.DataObject
) -> None:
    world, step = step_of(*given)
    moved = [data.draw(states) if data.draw(st.booleans()) else state for state in given]
    agents = list(range(len(given)))
    far = compare(asked(world, *moved), agents, step, math.inf).apart
    assert compare(asked(world, *moved), agents, step, far).fits
    if far:
        closer = compare(asked(world, *moved), agents, step, math.nextafter(far, 0))
        assert not closer.fits
        assert closer.differences
