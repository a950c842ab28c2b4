"""The order of a large ``initialize``, worked by hand.

Agents below 10 were given apart from the regions; the others are numbered by region.
"""

from __future__ import annotations

import random

from iai_proxy.lineage.regions import (
    Block,
    Regions,
    is_only_order,
    likely_order,
    order_of_regions,
)

#: Agents 1 and 2 were given with a state, in that order; the regions have placed the others.
TWO: list[Block] = [((2,), (11, 12)), ((1,), (21, 22))]


def test_without_any_list_regions_follow_one_another_in_the_order_of_their_calls() -> None:
    assert order_of_regions(Regions(TWO), []) == ([2, 11, 12, 1, 21, 22], True)


def test_an_agent_ahead_of_earlier_regions_was_given_apart() -> None:
    found = order_of_regions(Regions(TWO), [[1, 2, 11], [1, 12, 21]])
    assert found == ([1, 2, 11, 12, 21, 22], True)


def test_those_whose_order_no_list_shows_come_in_the_order_of_their_regions() -> None:
    assert order_of_regions(Regions(TWO), [[1, 12, 21]]) == ([2, 1, 11, 12, 21, 22], False)


def test_an_agent_given_for_its_region_is_not_put_first_if_a_list_says_so() -> None:
    """The second region's own agent, 20, stands behind those of the first."""
    regions: list[Block] = [((), (11, 12)), ((20, 1), (21,))]
    found = order_of_regions(Regions(regions), [[1, 12], [11, 20, 21]])
    assert found == ([1, 11, 12, 20, 21], True)


def test_agents_without_a_state_come_behind_those_with_one() -> None:
    regions: list[Block] = [((), (11, 3)), ((1,), (21, 2))]
    found = order_of_regions(Regions(regions), [[1, 2, 11, 21], [1, 3, 11]])
    assert found == ([1, 3, 2, 11, 21], False)


def test_agents_without_a_state_come_in_the_order_in_which_the_sdk_draws_their_regions() -> None:
    """As its ``_insert_agents_into_nearest_regions`` does: ``seed``, then ``randint`` for each."""
    random.seed(12)
    drawn = [random.randint(0, 2) for _ in range(6)]
    placed = [[agent for agent, at in enumerate(drawn) if at == region] for region in range(3)]
    regions: list[Block] = [
        ((), (10 * region + 11, *agents)) for region, agents in enumerate(placed)
    ]
    lists = [[agents[0], 11] for agents in placed if agents]
    found = order_of_regions(Regions(regions, seed=12), lists)
    assert found == ([0, 1, 2, 3, 4, 5, 11, 21, 31], True)
    other = order_of_regions(Regions(regions, seed=13), lists)
    assert other
    assert not other.is_shown


def test_lists_win_over_what_a_seed_draws() -> None:
    """A region without agents makes no call, so that the SDK may have drawn from more."""
    random.seed(4)
    first, second = (random.randint(0, 1) for _ in range(2))
    assert (first, second) == (0, 1)
    regions: list[Block] = [((), (11, 1)), ((), (21, 2))]
    found = order_of_regions(Regions(regions, seed=4), [[2, 1, 11], [2, 21]])
    assert found == ([2, 1, 11, 21], True)


def test_newcomers_may_be_among_the_lists() -> None:
    found = order_of_regions(Regions(TWO), [[1, 2, 99, 11]])
    assert found == ([1, 2, 99, 11, 12, 21, 22], True)


def test_lists_that_nothing_explains_give_no_order() -> None:
    assert order_of_regions(Regions(TWO), [[1, 11], [11, 1]]) is None


def test_lists_show_whether_agents_were_given_apart_only_if_they_contradict_the_other_order() -> (
    None
):
    assert is_only_order(Regions(TWO), [[2, 12, 1, 21]])
    assert not is_only_order(Regions(TWO), [[2, 11, 12], [1, 21, 22]])


def test_where_agents_were_dropped_from_regions_those_given_a_state_come_first() -> None:
    assert likely_order(Regions(TWO)) == [2, 11, 12, 1, 21, 22]
    assert likely_order(Regions(TWO, dropped=True)) == [2, 1, 11, 12, 21, 22]
