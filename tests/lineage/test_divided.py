"""A division is found again from its parts alone, as the SDK's own quadtree makes it."""

from __future__ import annotations

import random
from itertools import pairwise
from math import nan

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from large.test_split import sdk_split

from iai_proxy.lineage.divided import Place, division_of

Parts = list[list[int]]


def scattered(seed: int, count: int) -> list[Place]:
    draw = random.Random(seed)
    return [(draw.uniform(-300, 300), draw.uniform(-200, 200)) for _ in range(count)]


def divided_by_the_sdk(places: list[Place], limit: int) -> tuple[Parts, list[int]]:
    """Parts in the SDK's order, and how many of each are its own."""
    shares = sdk_split(places, limit)
    return [share.agents for share in shares], [len(share.own) for share in shares]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 120), st.integers(20, 100), st.randoms())
def test_the_owners_of_a_divided_call_are_found_whatever_its_limit_and_the_order_of_its_parts(
    seed: int, count: int, limit: int, draw: random.Random
) -> None:
    places = scattered(seed, count)
    parts, own = divided_by_the_sdk(places, limit)
    assume(len(parts) > 1)
    shuffled = draw.sample(range(len(parts)), len(parts))
    found = division_of([parts[part] for part in shuffled], dict(enumerate(places)))
    assert found
    assert list(found.own) == [own[part] for part in shuffled]
    assert [shuffled[part] for part in found.order] == list(range(len(parts)))
    for part, runs in zip(shuffled, found.rising, strict=True):
        assert sorted(position for run in runs for position in run) == list(range(len(parts[part])))
        for run in runs:
            agents = [parts[part][position] for position in run]
            assert all(earlier < later for earlier, later in pairwise(agents))


def test_agents_in_one_place_are_told_apart() -> None:
    places = [(0.0, 0.0)] * 3 + [(300.0, 0.0)] * 3
    parts, own = divided_by_the_sdk(places, 4)
    found = division_of(parts, dict(enumerate(places)))
    assert found
    assert list(found.own) == own == [3, 3]


def test_parts_of_which_some_are_missing_or_that_others_have_divided_fit_no_limit() -> None:
    places = scattered(1, 80)
    parts, _ = divided_by_the_sdk(places, 40)
    assert division_of(parts[:-1], dict(enumerate(places))) is None
    halves = [list(range(40)), list(range(40, 80))]
    assert division_of(halves, dict(enumerate(places))) is None


def test_an_agent_too_many_among_the_neighbours_fits_no_limit() -> None:
    places = scattered(2, 80)
    parts, _ = divided_by_the_sdk(places, 40)
    outside = next(agent for agent in range(80) if agent not in parts[0])
    assert division_of([[*parts[0], outside], *parts[1:]], dict(enumerate(places))) is None


def test_places_that_are_none_fit_no_limit() -> None:
    assert division_of([[0, 1], [2, 1]], {0: (nan, 0.0), 1: (0.0, 0.0), 2: (9.0, 9.0)}) is None
