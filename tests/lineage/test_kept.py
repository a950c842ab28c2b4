"""Which agents of a large ``initialize`` were kept, worked by hand."""

from __future__ import annotations

from collections.abc import Collection

from iai_proxy.lineage.kept import kept_agents

#: Agents of one region by how far from its centre they are, m.
REACH = {1: 10.0, 2: 30.0, 3: 40.0, 4: 49.0, 5: 60.0}


def kept(taken: Collection[int], shown: Collection[int] = ()) -> tuple[list[int], set[int]]:
    """Who was kept, and of whom that is doubtful."""
    found, doubtful = kept_agents(
        {agent: (0, agent) for agent in REACH}, taken, shown, lambda place: REACH[place[1]]
    )
    return sorted(found), doubtful


def test_a_run_that_ends_there_has_all_agents_within_the_region() -> None:
    assert kept([]) == ([1, 2, 3, 4], set())


def test_agents_closer_than_one_that_was_gone_on_with_were_kept_too() -> None:
    assert kept([1, 4]) == ([1, 2, 3, 4], set())


def test_those_further_away_are_doubtful_as_long_as_they_are_within_the_region() -> None:
    assert kept([1, 3]) == ([1, 2, 3], {4})


def test_what_a_later_region_was_given_was_kept() -> None:
    assert kept([1, 4], shown=[5]) == ([1, 2, 3, 4, 5], set())


def test_exact_agents_may_have_been_kept_wherever_they_are() -> None:
    assert kept([5]) == ([1, 2, 3, 4, 5], set())
