"""One order out of several, against trying all of them."""

from __future__ import annotations

from itertools import pairwise, permutations
from math import inf, nan

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.lineage.partition import cover_all, merged_order, own_prefixes


def test_a_newcomer_comes_just_before_the_next_in_its_list_and_last_where_there_is_none() -> None:
    """7 is new before 1, 8 behind 4; 9 is alone."""
    rank = {agent: agent for agent in range(5)}
    assert merged_order([[7, 1, 3], [0, 2], [4, 8], [9]], rank) == [0, 7, 1, 2, 3, 4, 8, 9]


LISTS = st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=4)


@given(LISTS, st.permutations(range(5)), st.booleans())
def test_the_merged_order_is_the_first_by_rank_of_all_that_keep_every_list(
    lists: list[list[int]], ranked: list[int], rising: bool
) -> None:
    rank = {agent: place for place, agent in enumerate(ranked)}
    if rising:  # as in an ordinary run, whose agents keep their order
        lists = [sorted(set(one), key=rank.__getitem__) for one in lists]
    agents = sorted({agent for one in lists for agent in one}, key=rank.__getitem__)
    fitting = (
        order
        for order in permutations(agents)  # in rising order of the ranks
        if all(
            order.index(earlier) < order.index(later)
            for one in lists
            for earlier, later in pairwise(one)
        )
    )
    expected = next(fitting, None)
    assert merged_order(lists, rank) == (None if expected is None else list(expected))


def test_agents_without_a_rank_come_last_as_they_are_met() -> None:
    assert merged_order([["d", "c"], ["b"], ["a"]], {"a": 0, "b": 1}) == ["a", "b", "d", "c"]


def test_an_agent_is_owned_where_it_shares_a_square_with_what_is_owned_for_certain() -> None:
    parts = [("a", "b"), ("c", "b")]
    west_and_east = {"a": (-40.0, 0.0), "c": (40.0, 0.0)}
    assert own_prefixes(parts, [1, 1], {}, {**west_and_east, "b": (39.0, 1.0)}) == ([1, 2], [])
    assert own_prefixes(parts, [1, 1], {}, {**west_and_east, "b": (-39.0, 1.0)}) == ([2, 1], [])


def test_places_that_are_none_leave_the_owner_open() -> None:
    for place in ((inf, 0.0), (nan, 0.0), (1e308, -1e308)):
        places = {"a": place, "b": (-1e308, 1.0), "c": place}
        assert own_prefixes([("a", "b"), ("c", "b")], [1, 1], {}, places)[1] == ["b"]


def test_prefixes_cover_all_when_each_agent_is_in_one() -> None:
    parts = [(1, 2, 3), (3, 4, 1)]
    assert cover_all(parts, [2, 2])
    assert not cover_all(parts, [2, 1])
