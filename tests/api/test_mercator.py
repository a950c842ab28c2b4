"""Latitude and longitude to metres, against Lanelet2's own test and figures of other programs."""

from __future__ import annotations

import math

import pytest

from iai_proxy.api.mercator import LocalMercator, middle_meridian


def utm(latitude: float, longitude: float) -> tuple[float, float]:
    """UTM coordinates: from the point on the equator and the zone's middle meridian."""
    east, north = LocalMercator(0.0, middle_meridian(latitude, longitude))(latitude, longitude)
    return 500_000 + east, north


def test_the_origin_of_lanelet2s_own_test() -> None:
    # lanelet2_projection/test/test_UTM.cpp
    assert utm(49.01439, 8.41722) == pytest.approx(
        (457386.38238563854, 5429219.051147663), abs=1e-3
    )


def test_metres_from_an_origin() -> None:
    # On the equator and a middle meridian a degree is 111 319.490793 m east, and 110 574.388558 m
    # north, of the ellipsoid; UTM makes 0.9996 of it. Over a thousandth of a degree it is straight.
    east, north = LocalMercator(0.0, 3.0)(0.001, 3.001)
    assert east == pytest.approx(111.319490793 * 0.9996, abs=1e-6)
    assert north == pytest.approx(110.574275823 * 0.9996, abs=1e-3)


def test_a_quarter_of_a_meridian() -> None:
    # 10 001 965.729 m from the equator to the pole (WGS 84); 45 degrees are 4 984 944.378 m.
    _, north = LocalMercator(0.0, 9.0)(45.0, 9.0)
    assert north / 0.9996 == pytest.approx(4984944.378, abs=1e-3)


def test_a_map_may_lie_across_the_edge_of_its_zone_and_the_equator() -> None:
    project = LocalMercator(0.00005, 5.99995)
    east, north = project(-0.00005, 6.00005)
    assert math.hypot(east, north) == pytest.approx(15.7, abs=0.1)
    assert east > 0 > north
    east, _ = LocalMercator(10.0, 179.9999)(10.0, -179.9999)
    assert east == pytest.approx(21.9, abs=0.1)


@pytest.mark.parametrize(
    ("place", "meridian"),
    [
        ((49.28, -123.12), -123.0),
        ((60.39, 5.32), 9.0),  # Bergen, in the wide zone 32
        ((78.2, 15.6), 15.0),  # Longyearbyen
        ((-33.9, 151.2), 153.0),
        ((0.0, 180.0), -177.0),
    ],
)
def test_zones(place: tuple[float, float], meridian: float) -> None:
    assert middle_meridian(*place) == meridian


@pytest.mark.parametrize("place", [(90.0, 0.0), (math.nan, 0.0), (0.0, math.inf), (-85.0, 3.0)])
def test_places_without_a_zone_are_refused(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no zone of UTM has"):
        LocalMercator(*place)


def test_a_place_on_the_other_side_of_the_world_can_not_be_projected() -> None:
    with pytest.raises(ValueError, match="can't be projected"):
        LocalMercator(0.0, 3.0)(0.0, 150.0)


@pytest.mark.parametrize(
    "place", [(49.01439, 8.41722), (-33.9, 151.2), (0.0, -45.0), (78.2, 15.6), (60.39, 5.32)]
)
@pytest.mark.parametrize("metres", [(0.0, 0.0), (12_345.678, -4_321.5), (-80_000.0, 60_000.0)])
def test_metres_become_degrees_again(
    place: tuple[float, float], metres: tuple[float, float]
) -> None:
    project = LocalMercator(*place)
    assert project(*project.inverse(*metres)) == pytest.approx(metres, abs=1e-5)


def test_the_origin_of_lanelet2s_own_test_from_its_metres() -> None:
    project = LocalMercator(0.0, 9.0)
    found = project.inverse(457386.38238563854 - 500_000, 5429219.051147663)
    assert found == pytest.approx((49.01439, 8.41722), abs=1e-8)


@pytest.mark.parametrize("metres", [3e7, -3e7, 1e300, math.inf, math.nan])
def test_metres_further_than_half_way_round_the_earth_are_nowhere(metres: float) -> None:
    project = LocalMercator(49, 9)
    for point in ((metres, 0.0), (0.0, metres)):
        with pytest.raises(ValueError, match="no point is"):
            project.inverse(*point)
