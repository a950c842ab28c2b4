"""Car following, by hand-worked cases."""

import math

import pytest

from iai_proxy.sandbox.car_following import CAR, Traffic, Traveller
from iai_proxy.sandbox.lanes import Lane


def test_car_following_agrees_with_the_published_formula():
    # v = 10, v0 = 15, gap 30, leader 8: s* = 2 + 12 + 10 * 2 / (2 * sqrt(1.8 * 2.5)) = 18.714
    wanted_gap = 2 + 10 * 1.2 + 10 * 2 / (2 * math.sqrt(1.8 * 2.5))
    expected = 1.8 * (1 - (10 / 15) ** 4 - (wanted_gap / 30) ** 2)
    assert CAR.acceleration_for(10, 15, 30, 8) == pytest.approx(expected)
    assert CAR.acceleration_for(15, 15, math.inf, 0) == pytest.approx(0)
    assert CAR.acceleration_for(10, 15, 0.5, 0) == -5.5


def test_the_leader_is_the_next_car_on_the_way_across_lanes():
    first = Lane(0, [(0, 0), (50, 0)], 10, for_cars=True)
    second = Lane(1, [(50, 0), (100, 0)], 10, for_cars=True)
    first.successors.append(second)
    second.successors.append(first)
    traffic = Traffic(
        [
            Traveller(first, 40, second, 5, 4),
            Traveller(second, 5, first, 3, 5),
            Traveller(first, 10, second, 7, 4),
        ]
    )
    assert (traffic.leader(0).gap, traffic.leader(0).speed) == pytest.approx((15 - 4.5, 3))
    assert (traffic.leader(2).gap, traffic.leader(2).speed) == pytest.approx((30 - 4, 5))
