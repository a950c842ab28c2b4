"""Places in pictures, worked out by hand."""

from __future__ import annotations

import math

import pytest
from support.drawn import moment, run_of

from iai_proxy.pictures.view import View, corners, view_of_all
from iai_proxy.scene import Ground, Picture

SQUARE = View(center=(10.0, 20.0), fov=40.0, size=(400, 400))


def test_north_is_up_and_east_is_right() -> None:
    assert SQUARE.pixel((10, 20)) == (200, 200)
    assert SQUARE.pixel((15, 20)) == (250, 200)
    assert SQUARE.pixel((10, 25)) == (200, 150)


def test_in_left_handed_coordinates_x_grows_to_the_left_of_the_middle() -> None:
    mirrored = View(SQUARE.center, SQUARE.fov, SQUARE.size, mirrored=True)
    assert mirrored.pixel((15, 20)) == (150, 200)
    assert mirrored.pixel((10, 25)) == (200, 150)


def test_the_field_of_view_is_that_of_the_shorter_side() -> None:
    wide = View((0.0, 0.0), 40.0, (800, 400))
    assert wide.pixel((0, 20)) == (400, 0)
    assert wide.extent == (-40, -20, 40, 20)


def test_a_box_turns_counter_clockwise_with_its_heading() -> None:
    found = corners((1.0, 2.0, math.pi / 2, 0.0), 4.0, 2.0)
    expected = [(0, 4), (2, 4), (2, 0), (0, 0)]
    assert [pytest.approx(corner) for corner in expected] == found


def test_the_view_of_all_has_every_agent_of_every_step_with_a_margin() -> None:
    still, moving = [(0.0, 0.0, 0.0, 0.0)] * 2, [(0.0, 0.0, 0.0, 0.0), (100.0, 30.0, 0.0, 0.0)]
    view = view_of_all(run_of({0: still, 1: moving}), (600, 300))
    assert view.center == (50, 15)
    left, bottom, right, top = view.extent
    assert left <= -6
    assert right >= 106
    assert bottom <= -6
    assert top >= 36


def test_the_view_of_all_is_at_least_40_metres_wide() -> None:
    assert view_of_all(moment((3.0, 4.0, 0.0, 0.0)), (400, 400)).fov == 40


def test_an_agent_that_is_nowhere_does_not_spoil_the_view() -> None:
    scene = moment((3.0, 4.0, 0.0, 0.0), (math.nan, 4.0, 0.0, 0.0), (math.inf, 0.0, 0.0, 0.0))
    assert view_of_all(scene, (400, 400)).center == (3, 4)


def test_without_agents_the_recorded_picture_is_seen() -> None:
    ground = Ground(Picture(b"", (5.0, 6.0), 120.0))
    view = view_of_all(moment(ground=ground), (400, 400))
    assert (view.center, view.fov) == ((5, 6), 120)
