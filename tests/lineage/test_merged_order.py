"""One order out of several, against trying all of them."""

from __future__ import annotations

from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.lineage.merged_order import merged_order


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
        lists = [sorted(set(listed), key=rank.__getitem__) for listed in lists]
    agents = sorted({agent for listed in lists for agent in listed}, key=rank.__getitem__)
    fitting = (
        order
        for order in permutations(agents)  # in rising order of the ranks
        if all(
            order.index(earlier) < order.index(later)
            for listed in lists
            for earlier, later in pairwise(listed)
        )
    )
    expected = next(fitting, None)
    assert merged_order(lists, rank) == (None if expected is None else list(expected))


def test_agents_without_a_rank_come_last_as_they_are_met() -> None:
    assert merged_order([["d", "c"], ["b"], ["a"]], {"a": 0, "b": 1}) == ["a", "b", "d", "c"]
