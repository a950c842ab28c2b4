"""The maps, and which location gets which."""

import math

import pytest

from iai_proxy.sandbox import maps


@pytest.mark.parametrize("location", maps.LOCATIONS)
def test_lanes_continue_without_gaps_or_kinks_and_never_end(location):
    for lane in maps.world_of(location).lanes:
        assert lane.successors
        for next_lane in lane.successors:
            assert math.dist(lane.points[-1], next_lane.points[0]) < 1e-6
            assert (
                abs(math.remainder(lane.headings[-1] - next_lane.headings[0], 2 * math.pi)) < 0.25
            )


def test_any_other_location_is_the_crossing():
    crossing = maps.world_of("sandbox:crossing")
    for location in ("canada:drake_street_and_pacific_blvd", "carla:Town03"):
        world = maps.world_of(location)
        assert (world.network, world.is_stand_in) == (crossing.network, True)
