"""Shapes are where they should be, and their edges are smooth."""

from __future__ import annotations

import math

import pytest
from PIL import Image, ImageChops, ImageStat

from iai_proxy.pictures.canvas import Canvas, dashes

WHITE, BLACK = "#FFFFFF", "#000000"


def white(size: tuple[int, int] = (40, 40)) -> Canvas:
    return Canvas(Image.new("RGB", size, WHITE))


def darkness(canvas: Canvas) -> float:
    """Return how many pixels are black; a half of one counts as a half."""
    mean = ImageStat.Stat(canvas.image).mean[0]
    return (255 - mean) / 255 * canvas.image.width * canvas.image.height


@pytest.mark.parametrize("turn", [0.0, 0.3, 0.785])
def test_a_polygon_covers_its_area(turn: float) -> None:
    canvas = white()
    corners = [
        (20 + 14 * math.cos(turn + quarter), 20 + 14 * math.sin(turn + quarter))
        for quarter in (0, math.pi / 2, math.pi, 3 * math.pi / 2)
    ]
    canvas.polygon(corners, BLACK)
    assert darkness(canvas) == pytest.approx(2 * 14**2, rel=0.05)


def test_edges_are_smooth() -> None:
    canvas = white()
    canvas.polygon([(5.0, 5.0), (35.0, 9.0), (20.0, 33.0)], BLACK)
    shades = {pixel for _, pixel in canvas.image.getcolors() or []}
    assert len(shades) > 8


def test_a_part_of_a_pixel_is_a_part_of_the_colour() -> None:
    canvas = white()
    canvas.polygon([(10.0, 10.0), (20.5, 10.0), (20.5, 20.0), (10.0, 20.0)], BLACK)
    red, *_ = canvas.image.getpixel((20, 15))  # type: ignore[misc]
    assert 60 < red < 200


def test_circles_cover_their_area() -> None:
    disc, ring = white(), white()
    disc.disc((20.0, 20.0), 10.0, BLACK)
    ring.ring((20.0, 20.0), 10.0, BLACK, 2.0)
    assert darkness(disc) == pytest.approx(math.pi * 10**2, rel=0.05)
    assert darkness(ring) == pytest.approx(math.pi * (11**2 - 9**2), rel=0.15)


def test_lines_that_cross_are_no_darker_there() -> None:
    canvas = white()
    canvas.lines([[(5, 20), (35, 20)], [(20, 5), (20, 35)]], BLACK, 4, opacity=0.5)
    assert canvas.image.getpixel((20, 20)) == canvas.image.getpixel((10, 20))


def test_what_is_outside_touches_nothing() -> None:
    canvas = white()
    canvas.polygon([(-9.0, -9.0), (-5.0, -9.0), (-5.0, -5.0)], BLACK)
    canvas.lines([], BLACK, 1)
    canvas.text((500, 500), "far", 10, BLACK, WHITE)
    assert canvas.touched == []
    assert darkness(canvas) == 0


def test_a_text_at_the_edge_is_moved_into_the_picture() -> None:
    edge, inside = white((200, 40)), white((200, 40))
    edge.text((199, 20), "step 40", 12, BLACK, WHITE)
    inside.text((100, 20), "step 40", 12, BLACK, WHITE)
    assert darkness(edge) == pytest.approx(darkness(inside))


def test_the_touched_boxes_have_all_that_was_drawn() -> None:
    canvas = white((100, 100))
    canvas.disc((30.0, 30.0), 9.3, BLACK)
    canvas.ring((60.0, 60.0), 9.3, BLACK, 3.3)
    canvas.lines([[(80.2, 3.1), (99.9, 50.7)]], BLACK, 5)
    canvas.text((10, 80), "Text", 17, BLACK, "#FF0000")
    left = canvas.image.copy()
    for box in canvas.touched:
        left.paste(WHITE, box)
    assert ImageChops.invert(left).getbbox() is None


def test_dashes_begin_and_end_a_line() -> None:
    cut = dashes([(0.0, 0.0), (10.0, 0.0)], 2.0)
    assert cut[0][0] == (0, 0)
    assert cut[-1][1] == pytest.approx((10, 0))
    assert len(cut) == 3
