"""Which agents of a part are its own, worked by hand."""

from __future__ import annotations

from math import inf, nan

from iai_proxy.lineage.partition import cover_all, own_prefixes


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
