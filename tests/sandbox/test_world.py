"""The world model's parts, by hand-worked cases."""

import math
import random

import pytest

from iai_proxy.sandbox import lights, maps, vehicle
from iai_proxy.sandbox.fault_finding import find_fault
from iai_proxy.sandbox.following import CAR, Traffic, Traveller
from iai_proxy.sandbox.geometry import Box
from iai_proxy.sandbox.lanes import Lane

GROUP = (7, 8, 9)


def test_boxes_side_by_side_do_not_overlap_and_crossed_ones_do():
    car = Box(0, 0, 0, 4, 2)
    assert not car.overlaps(Box(0, 2, 0, 4, 2))  # they touch
    assert car.overlaps(Box(0, 1.9, 0, 4, 2))
    assert car.overlaps(Box(0, 0, math.pi / 2, 4, 2))
    # Turned by 45 degrees its corner reaches sqrt(2) * (2 + 1) / 2 = 2.12 m; the circles around
    # both would overlap.
    assert not car.overlaps(Box(4.2, 0, math.pi / 4, 4, 2))
    assert car.overlaps(Box(4.1, 0, math.pi / 4, 4, 2))


def test_a_car_that_steers_straight_ahead_moves_by_its_mean_speed():
    x, y, heading, speed = vehicle.drive_car((0, 0, 0, 10), 2.0, (10, 0), 1.4)
    assert (x, y, heading, speed) == pytest.approx((1.01, 0, 0, 10.2))


def test_a_car_held_on_a_circle_stays_on_it():
    radius, offset = 20.0, 1.4
    state = (
        offset,
        0.0,
        math.atan2(offset, radius),
        8.0,
    )  # rear axle at the circle's lowest point, roughly
    for _ in range(200):
        rear = (state[0] - offset * math.cos(state[2]), state[1] - offset * math.sin(state[2]))
        angle = math.atan2(rear[1] - radius, rear[0]) + 0.2
        target = (radius * math.cos(angle), radius + radius * math.sin(angle))
        state = vehicle.drive_car(state, 0.0, target, offset)
        assert math.hypot(rear[0], rear[1] - radius) == pytest.approx(radius, abs=0.15)


def test_brakes_stop_a_car_and_do_not_push_it_back():
    assert vehicle.drive_car((0, 0, 0, 0.2), -5.0, (10, 0), 1.4)[3] == 0


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


def test_only_one_approach_of_a_junction_has_green_and_each_gets_its_turn():
    state, greens = [(0.0, 7.0)], set()
    for _ in range(round(3 * sum(lights.DURATIONS_S) / 0.1)):
        shown = lights.colours([GROUP], state)
        assert sum(colour != "red" for colour in shown.values()) <= 1
        greens |= {light for light, colour in shown.items() if colour == "green"}
        state = lights.advance([GROUP], state)
    assert greens == set(GROUP)
    assert state[0] == pytest.approx((0.0, 7.0))


def test_lights_go_on_from_the_colours_that_a_client_gave():
    settled = lights.settle([GROUP], [(0.0, 1.0)], {"7": "red", "8": "yellow", "9": "red"})
    assert settled == [(4.0, 3.0)]
    assert lights.settle([GROUP], [(0.0, 1.0)], {"7": "green"}) == [(0.0, 1.0)]
    assert lights.settle([GROUP], [(0.0, 1.0)], {"7": "green", "8": "green"}) == [(0.0, 1.0)]


def test_the_text_of_lights_is_read_back_and_anything_else_refused():
    states = lights.draw([GROUP] * 3, random.Random(1))
    assert lights.from_text(lights.to_text(states), 3) == states
    for text in ("", "1:2", "a:b;c:d;e:f", "1:nan;1:2;1:2"):
        with pytest.raises(ValueError, match=r".+"):
            lights.from_text(text, 3)


@pytest.mark.parametrize("location", maps.LOCATIONS)
def test_lanes_go_on_without_gaps_or_kinks_and_never_end(location):
    for lane in maps.world_of(location).lanes:
        assert lane.successors
        for following in lane.successors:
            assert math.dist(lane.points[-1], following.points[0]) < 1e-6
            assert (
                abs(math.remainder(lane.headings[-1] - following.headings[0], 2 * math.pi)) < 0.25
            )


def test_other_locations_are_the_crossing():
    assert maps.world_of("canada:drake_street_and_pacific_blvd") is maps.world_of(
        "sandbox:crossing"
    )
    assert maps.world_of("carla:Town03") is maps.world_of("sandbox:crossing")


def test_whoever_drives_into_the_one_ahead_is_at_fault():
    behind, ahead, from_the_side = (
        (0.0, 0.0, 0.0, 9.0),
        (4.0, 0.0, 0.0, 2.0),
        (4.0, 3.0, -math.pi / 2, 9.0),
    )
    assert (find_fault(0, 1, [behind, ahead]).agent, find_fault(1, 0, [behind, ahead]).agent) == (
        0,
        0,
    )
    assert find_fault(0, 1, [behind, ahead]).reason == "following_too_closely"
    verdict = find_fault(0, 1, [ahead, from_the_side])
    assert (verdict.agent, verdict.reason) == (1, "failure_to_yield")
    assert 0 <= verdict.confidence <= 1
