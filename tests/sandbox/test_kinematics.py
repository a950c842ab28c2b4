"""How cars move, by hand-worked cases."""

import math

import pytest

from iai_proxy.sandbox import kinematics


def test_a_car_that_steers_straight_ahead_moves_by_its_mean_speed():
    x, y, heading, speed = kinematics.drive_car((0, 0, 0, 10), 2.0, (10, 0), 1.4)
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
        state = kinematics.drive_car(state, 0.0, target, offset)
        assert math.hypot(rear[0], rear[1] - radius) == pytest.approx(radius, abs=0.15)


def test_brakes_stop_a_car_and_do_not_push_it_back():
    assert kinematics.drive_car((0, 0, 0, 0.2), -5.0, (10, 0), 1.4)[3] == 0
