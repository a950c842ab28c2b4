"""Lanes of Lanelet2 maps."""

from __future__ import annotations

import math

import pytest

from iai_proxy.api.mercator import LocalMercator
from iai_proxy.sandbox.maps import LOCATIONS, ORIGIN, world_of
from iai_proxy.sandbox.osm import lanelet_map
from iai_proxy.sandbox.streets import LANE_WIDTH_M
from iai_proxy.scene.lanelets import LARGEST_BYTES, lanes_of

#: Lane widths of the sandbox: streets, sidewalks.
WIDTHS = (LANE_WIDTH_M, 2.0)


@pytest.mark.parametrize("location", LOCATIONS)
def test_the_sandboxs_lanes_are_where_the_sandbox_has_drawn_them(location: str) -> None:
    world = world_of(location)
    found = lanes_of(lanelet_map(world), ORIGIN)
    assert len(found.areas) == len(world.lanes)
    assert len(found.borders) == 2 * len(world.lanes)
    for lane, area in zip(world.lanes, found.areas, strict=True):
        half = len(area) // 2
        left, right = area[:half], area[half:][::-1]
        middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in zip(left, right, strict=True)]
        width = WIDTHS[not lane.for_cars]
        assert {round(math.dist(*sides), 2) for sides in zip(left, right, strict=True)} == {width}
        centre = [*lane.points[: len(lane.points) - 1 : 4], lane.points[-1]]
        for middle, point in zip(middles, centre, strict=True):
            assert math.dist(middle, point) < 0.01


NODES = """
<node id='1' lat='49.0' lon='8.4'/><node id='2' lat='49.0001' lon='8.4'/>
<node id='3' lat='49.0' lon='8.40005'/><node id='4' lat='49.0001' lon='8.40005'/>
"""
WAYS = "<way id='8'><nd ref='1'/><nd ref='2'/></way><way id='9'><nd ref='4'/><nd ref='3'/></way>"
LANELET = """
<relation id='5'><member type='way' ref='8' role='left'/><member type='way' ref='9' role='right'/>
<member type='relation' ref='77' role='regulatory_element'/><tag k='type' v='lanelet'/></relation>
"""


def osm(*parts: str) -> str:
    return f"<?xml version='1.0'?><osm version='0.6'>{''.join(parts)}</osm>"


def test_a_lane_whose_borders_are_written_in_opposite_directions_does_not_cross_itself() -> None:
    found = lanes_of(osm(NODES, WAYS, LANELET), (49.0, 8.4))
    project = LocalMercator(49.0, 8.4)
    one, two, three, four = (
        project(*place)
        for place in ((49.0, 8.4), (49.0001, 8.4), (49.0, 8.40005), (49.0001, 8.40005))
    )
    assert found.borders == ((one, two), (four, three))
    assert found.areas == ((one, two, four, three),)
    assert one == pytest.approx((0.0, 0.0))
    # A ten-thousandth of a degree at 49 degrees north: 11.12 m north, 7.31 m east.
    assert two == pytest.approx((0.0, 11.12), abs=0.2)
    assert three == pytest.approx((3.65, 0.0), abs=0.1)


def test_metres_in_tags_count_where_latitude_and_longitude_say_nothing() -> None:
    nodes = "".join(
        f"<node id='{node}' lat='{place}' lon='{place}'><tag k='local_x' v='{x}'/>"
        f"<tag k='local_y' v='{y}'/><tag k='ele' v='1'/></node>"
        for node, x, y in ((1, 0, 0), (2, 10, 0), (3, 0, -3), (4, 10, -3))
        for place in [""]
    )
    areas = (((0.0, 0.0), (10.0, 0.0), (10.0, -3.0), (0.0, -3.0)),)
    assert lanes_of(osm(nodes, WAYS, LANELET), (49.0, 8.4)).areas == areas
    at_zero = nodes.replace("lat=''", "lat='0'").replace("lon=''", "lon='0'")
    assert lanes_of(osm(at_zero, WAYS, LANELET), (49.0, 8.4)).areas == areas
    with_places = osm(NODES, WAYS, LANELET)
    assert lanes_of(with_places, None).areas == ()
    assert lanes_of(with_places, (90.0, 0.0)).areas == ()


def test_what_is_broken_is_left_out() -> None:
    other = LANELET.replace("ref='8'", "ref='none'").replace("id='5'", "id='6'")
    no_lane = LANELET.replace("lanelet", "multipolygon")
    no_right = LANELET.replace("role='right'", "role='centerline'")
    short = "<way id='9'><nd ref='4'/><nd ref='gone'/></way>"
    assert len(lanes_of(osm(NODES, WAYS, LANELET, other, no_lane, no_right), (49, 8.4)).areas) == 1
    assert lanes_of(osm(NODES, WAYS, short, LANELET), (49, 8.4)).areas == ()
    assert lanes_of(osm(), (49, 8.4)).borders == ()


def test_entities_are_refused_before_they_are_expanded() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE osm [<!ENTITY l0 "lol">{lol}]><osm>&l9;</osm>'
    with pytest.raises(ValueError, match="declares a document type"):
        lanes_of(bomb, (0, 3))


@pytest.mark.parametrize("text", ["", "{}", "<osm><node", "<osm></way>", "\ud800"])
def test_what_is_no_xml_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="the map is no XML"):
        lanes_of(text, (0, 3))


def test_a_map_that_is_too_large_is_not_read() -> None:
    with pytest.raises(ValueError, match="a map of 64 MB is too large"):
        lanes_of(" " * (LARGEST_BYTES + 1), (0, 3))


def test_a_border_of_thousands_of_lanes_is_not_drawn_thousands_of_times() -> None:
    nodes = "".join(f"<node id='{n}' lat='{49 + n * 1e-6}' lon='8.4'/>" for n in range(600))
    way = "".join(f"<nd ref='{n}'/>" for n in range(600))
    sides = "".join(f"<member type='way' ref='8' role='{side}'/>" for side in ("left", "right"))
    lane = f"<relation id='5'>{sides}<tag k='type' v='lanelet'/></relation>"
    assert len(lanes_of(osm(nodes, f"<way id='8'>{way}</way>", lane * 2), ORIGIN).areas) == 2
    with pytest.raises(ValueError, match="its lanes have 600000 points, more than 500000"):
        lanes_of(osm(nodes, f"<way id='8'>{way}</way>", lane * 500), ORIGIN)
