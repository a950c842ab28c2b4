"""Footprints, by hand-worked cases."""

import math

from iai_proxy.sandbox.geometry import OrientedBox


def test_boxes_side_by_side_do_not_overlap_and_crossed_ones_do():
    car = OrientedBox(0, 0, 0, 4, 2)
    assert not car.overlaps(OrientedBox(0, 2, 0, 4, 2))  # they touch
    assert car.overlaps(OrientedBox(0, 1.9, 0, 4, 2))
    assert car.overlaps(OrientedBox(0, 0, math.pi / 2, 4, 2))
    # Turned by 45 degrees its corner reaches sqrt(2) * (2 + 1) / 2 = 2.12 m; the circles around
    # both would overlap.
    assert not car.overlaps(OrientedBox(4.2, 0, math.pi / 4, 4, 2))
    assert car.overlaps(OrientedBox(4.1, 0, math.pi / 4, 4, 2))
