"""Which region an agent of a large ``initialize`` is of, worked by hand."""

from __future__ import annotations

from iai_proxy.lineage.placed import placed_by


def test_an_agent_is_of_the_region_that_has_placed_it() -> None:
    """The second region is given agent 2 of the first as a neighbour."""
    owner, doubtful = placed_by([[1, 2], [2, 3]], [[], [2]], {})
    assert (owner, doubtful) == ({1: (0, 0), 2: (0, 1), 3: (1, 1)}, set())


def test_an_agent_that_was_given_is_not_of_a_region_where_it_stands_among_the_neighbours() -> None:
    """In the second call, 8 stands before 1, which the first region has placed."""
    owner, doubtful = placed_by([[8, 1], [8, 1, 9]], [[8], [8, 1]], {})
    assert (owner, doubtful) == ({8: (0, 0), 1: (0, 1), 9: (1, 2)}, set())


def test_where_nothing_tells_the_first_region_has_it_and_that_is_doubtful() -> None:
    owner, doubtful = placed_by([[8, 1], [8, 9]], [[8], [8]], {})
    assert (owner[8], doubtful) == ((0, 0), {8})
