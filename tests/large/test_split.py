"""Differential tests: the parts are those that the SDK's own quadtree makes, in the same order."""

from __future__ import annotations

import random
from math import ceil, inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.large import EndlessDivisionError, sdk_that_gives_up_dividing

from iai_proxy.errors import InputError
from iai_proxy.large.split import Share, SplitError, TooDenseError, split

pytest.importorskip("invertedai")
from invertedai.common import AgentProperties, AgentState, Point
from invertedai.large._quadtree import QuadTree, QuadTreeAgentInfo
from invertedai.large.common import Region

#: Agents so little more than 70 m apart need millions of squares.
A_HAIR = "are so little more than 70 m apart"
Positions = list[tuple[float, float]]
_PROPERTIES = AgentProperties(length=5, width=2, rear_axis_offset=1)


def sdk_tree(states: list[Any], limit: int) -> QuadTree:
    """The quadtree part of the SDK's ``large_drive``."""
    xs, ys = [state.center.x for state in states], [state.center.y for state in states]
    size = ceil(max(max(xs) - min(xs), max(ys) - min(ys))) + 1
    center = [round((max(xs) + min(xs)) / 2), round((max(ys) + min(ys)) / 2)]
    tree = QuadTree(limit, Region.create_square_region(center=Point.fromlist(center), size=size))
    for index, state in enumerate(states):
        assert tree.insert(QuadTreeAgentInfo.fromlist([state, _PROPERTIES, None, index]))
    return tree


def sdk_split(positions: Positions, limit: int) -> list[Share]:
    tree = sdk_tree([AgentState.fromlist([x, y, 0, 0]) for x, y in positions], limit)
    leaves, squares = tree.get_leaf_nodes(), squares_of(tree)
    if len(leaves) == 1:
        return [Share(list(range(len(positions))), [])]
    shares = (
        Share(
            [agent.agent_id for agent in leaf.particles],
            [agent.agent_id for agent in leaf.particles_buffer],
            square,
        )
        for square, leaf in zip(squares, leaves, strict=True)
    )
    return [share for share in shares if share.own]


def squares_of(tree: QuadTree, way: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """The way from the root to each leaf, as ``get_leaf_nodes`` orders them."""
    if tree.leaf:
        return [way]
    quarters = (tree.northWest, tree.northEast, tree.southWest, tree.southEast)
    return [
        leaf
        for number, quarter in enumerate(quarters)
        for leaf in squares_of(quarter, (*way, number))
    ]


def assert_as_in_the_sdk(positions: Positions, limit: int) -> None:
    try:
        ours = split(positions, limit)
    except SplitError:
        refused = pytest.raises((RecursionError, EndlessDivisionError))
        with sdk_that_gives_up_dividing(), refused:
            sdk_split(positions, limit)
    else:
        assert ours == sdk_split(positions, limit)


limits = st.integers(1, 100)
#: In tenths of a micrometre: the SDK's own tree refuses an agent that is 1e-309 m beside an edge.
coordinates = st.floats(-600, 600).map(lambda number: round(number, 7))
#: Corners of squares and of buffers fall on these.
edges = st.integers(-40, 40).map(lambda n: n * 17.5) | st.integers(-300, 300).map(float)
clusters = st.lists(
    st.tuples(
        st.tuples(coordinates, coordinates), st.lists(st.tuples(edges, coordinates), max_size=12)
    ),
    max_size=8,
).map(lambda groups: [(x + dx / 50, y + dy / 50) for (x, y), around in groups for dx, dy in around])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=150), limits)
def test_agents_anywhere(positions: Positions, limit: int) -> None:
    assert_as_in_the_sdk(positions, limit)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(edges, edges), min_size=1, max_size=80, unique=True), limits)
def test_agents_on_edges(positions: Positions, limit: int) -> None:
    assert_as_in_the_sdk(positions, limit)


@settings(max_examples=40, deadline=None)
@given(clusters.filter(bool), st.integers(8, 100))
def test_agents_in_clusters(positions: Positions, limit: int) -> None:
    assert_as_in_the_sdk(positions, limit)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 300), st.sampled_from([100, 400, 2000, 20000]), limits)
def test_many_agents(seed: int, count: int, side_m: int, limit: int) -> None:
    draw = random.Random(seed)
    assert_as_in_the_sdk(
        [(draw.uniform(0, side_m), draw.uniform(-side_m, 0)) for _ in range(count)], limit
    )


@pytest.mark.parametrize("limit", [1, 2, 7, 33, 99, 100])
@pytest.mark.parametrize("spacing_m", [8, 35, 36, 70, 70.5, 128, 400])
def test_agents_in_a_grid(spacing_m: float, limit: int) -> None:
    assert_as_in_the_sdk(
        [(x * spacing_m, y * spacing_m) for x in range(11) for y in range(10)], limit
    )


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
@pytest.mark.parametrize(
    "step", [(1.0, 0.0), (0.0, 35.0), (64.0, 0.0), (71.0, 71.0), (-100.0, 0.25)]
)
def test_agents_in_a_line(step: tuple[float, float], limit: int) -> None:
    assert_as_in_the_sdk([(number * step[0], number * step[1]) for number in range(60)], limit)


@pytest.mark.parametrize("limit", [1, 100])
def test_one_agent_is_one_part(limit: int) -> None:
    assert split([(3.5, -2.25)], limit) == [Share([0], [])]
    assert_as_in_the_sdk([(3.5, -2.25)], limit)


def test_agents_that_fit_one_call_are_one_part_in_order() -> None:
    draw = random.Random(1)
    positions = [(draw.uniform(0, 900), draw.uniform(0, 900)) for _ in range(100)]
    assert split(positions) == [Share(list(range(100)), [])]


def test_too_dense_agents_are_refused_where_the_sdk_recurses_forever() -> None:
    draw = random.Random(2)
    apart = [(draw.uniform(0, 4000), draw.uniform(0, 4000)) for _ in range(50)]
    crowd = [(1000 + draw.uniform(-9, 9), 2000 + draw.uniform(-9, 9)) for _ in range(130)]
    with pytest.raises(RecursionError):
        sdk_split(apart + crowd, 100)
    with pytest.raises(
        TooDenseError, match=r"^13\d agents are within 35 m of \(\S+, \S+\), where a call takes 100"
    ) as e:
        split(apart + crowd)
    assert isinstance(e.value, InputError)
    assert abs(e.value.x - 1000) < 50
    assert abs(e.value.y - 2000) < 50
    assert e.value.count >= 130


def test_agents_at_one_point_are_too_dense_at_any_limit() -> None:
    with pytest.raises(TooDenseError):
        split([(0.0, 0.0)] * 8, 7)
    assert split([(0.0, 0.0)] * 8, 8) == [Share(list(range(8)), [])]


def test_ten_thousand_too_dense_agents_are_refused() -> None:
    draw = random.Random(3)
    with pytest.raises(TooDenseError):  # found before the work that is allowed is used up
        split([(draw.uniform(0, 60), draw.uniform(0, 60)) for _ in range(10_000)])


@pytest.mark.parametrize(
    ("positions", "limit", "message"),
    [
        ([], 100, "there are no agents: a large call needs at least one"),
        ([(0.0, 0.0)], 0, "the limit of agents a call is 0: give 1 to 100"),
        ([(0.0, 0.0)], 101, "the limit of agents a call is 101: give 1 to 100"),
        ([(0.0, 0.0), (nan, 1.0)], 100, r"agent 1 is at \(nan, 1.0\): positions must be finite"),
        ([(0.0, 0.0), (1.0, inf)], 100, r"agent 1 is at \(1.0, inf\): positions must be finite"),
        ([(-1.5e308, 0.0), (1.5e308, 0.0)], 1, "positions are too far apart"),
    ],
)
def test_an_impossible_call_is_refused(positions: Positions, limit: int, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        split(positions, limit)


@pytest.mark.parametrize(
    ("positions", "limit"),
    [
        ([(0.0, 0.0), (70.0 + 1e-5, 0.0)], 1),
        ([(100.3 + 7 * column, 50.0 + 6 * row) for column in range(11) for row in range(10)], 100),
    ],
)
def test_agents_barely_more_than_twice_the_buffer_apart_are_refused(
    positions: list[tuple[float, float]], limit: int
) -> None:
    with pytest.raises(SplitError, match=rf"agents around \(.*\) {A_HAIR}"):
        split(positions, limit)
