"""Where agents stand after a client has put some of them elsewhere, worked by hand."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.lineage.reordered import placed_anew, ranks_with_others

FIVE: dict[int, float] = {agent: agent for agent in range(5)}


def order_after(*lists: Sequence[int]) -> list[int]:
    ranks = placed_anew(lists, FIVE)
    return sorted(ranks, key=ranks.__getitem__)


def test_nothing_changes_if_all_lists_rise() -> None:
    assert placed_anew([[0, 2, 4], [1, 2, 3]], FIVE) == FIVE


def test_two_that_change_places_take_each_others() -> None:
    assert order_after([0, 3, 2, 1, 4]) == [0, 3, 2, 1, 4]
    assert order_after([3, 2, 1], [0, 4]) == [0, 3, 2, 1, 4]


def test_an_agent_put_in_front_comes_just_before_the_next_in_its_list() -> None:
    assert order_after([4, 0, 1, 2, 3]) == [4, 0, 1, 2, 3]
    assert order_after([4, 1, 2]) == [0, 4, 1, 2, 3]


def test_an_agent_put_at_the_end_comes_last() -> None:
    assert order_after([1, 2, 3, 4, 0]) == [1, 2, 3, 4, 0]


def test_the_first_list_that_an_agent_is_in_counts() -> None:
    assert order_after([1, 0], [0, 1, 2]) == [1, 0, 2, 3, 4]


def test_agents_of_no_list_stay_where_they_were() -> None:
    assert order_after([2, 1]) == [0, 2, 1, 3, 4]


@given(st.permutations(range(5)))
def test_a_list_of_all_agents_is_the_order(agents: list[int]) -> None:
    assert order_after(agents) == agents


def test_a_newcomer_takes_the_place_of_one_that_is_gone_if_it_fits() -> None:
    assert ranks_with_others([[0, 9, 2]], {0: 0.0, 2: 2.0}, {1: 1.0})[9] == 1.0


def test_a_newcomer_that_fits_no_place_comes_just_before_the_next_or_last() -> None:
    ranks = ranks_with_others([[0, 8, 2, 9]], {0: 0.0, 2: 2.0}, {5: -1.0})
    assert ranks == {0: 0.0, 8: 1.5, 2: 2.0, 9: 3.0}
