"""Near regions are those that a look at all of them finds, in their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.large.places import Around, Nearest, Point

#: Many of the same, and some as far apart as is just near.
numbers = st.sampled_from([0.0, -0.0, 50.0, -50.0, 100.0, 160.0, 159.99999999999997, 1e9, 1e99])
coordinates = numbers | st.floats(-500, 500)
points = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=40)


def apart(here: Point, there: Point) -> float:
    """The SDK's own formula."""
    return float(((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) ** 0.5)


@given(points, st.tuples(coordinates, coordinates))
def test_the_nearest_is_the_first_of_the_nearest(regions: list[Point], place: Point) -> None:
    distances = [apart(place, region) for region in regions]
    assert Nearest(regions)(place) == distances.index(min(distances))


@given(points, st.floats(1, 300), st.data())
def test_those_around_are_those_that_were_added(
    regions: list[Point], reach: float, data: st.DataObject
) -> None:
    added = data.draw(st.sets(st.integers(0, len(regions) - 1)))
    around = Around(regions, reach)
    for index in added:
        around.add(index)
        around.add(index)
    for index, region in enumerate(regions):
        near = [other for other in sorted(added) if apart(region, regions[other]) <= reach]
        assert around(index) == near
