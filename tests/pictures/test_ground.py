"""The ground is where it was recorded."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from support.drawn import colour

from iai_proxy.errors import InputError
from iai_proxy.pictures.ground import drawn_ground, nice_length
from iai_proxy.pictures.view import View
from iai_proxy.scene import Ground, Picture
from iai_proxy.scene.palette import DARK, LIGHT

RED, GREEN, BLUE, GOLD = (200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)


def quarters() -> bytes:
    """Return a picture of 40 x 40 pixels: north-west red, north-east green, then blue and gold."""
    image = Image.new("RGB", (40, 40))
    for place, tone in {(0, 0): RED, (20, 0): GREEN, (0, 20): BLUE, (20, 20): GOLD}.items():
        image.paste(tone, (*place, place[0] + 20, place[1] + 20))
    return png(image)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def at(ground: Ground, view: View, *points: tuple[float, float]) -> list[object]:
    image = drawn_ground(ground, view, LIGHT)
    assert image.size == view.size
    return [image.getpixel((int(x), int(y))) for x, y in map(view.pixel, points)]


def test_the_recorded_picture_lies_where_its_centre_and_field_of_view_say() -> None:
    ground = Ground(Picture(quarters(), (100.0, 50.0), 40.0))
    corners = [(85.0, 65.0), (115.0, 65.0), (85.0, 35.0), (115.0, 35.0)]
    for view in (View((100.0, 50.0), 80.0, (400, 400)), View((90.0, 60.0), 160.0, (500, 300))):
        assert at(ground, view, *corners) == [RED, GREEN, BLUE, GOLD]
        assert at(ground, view, (75.0, 50.0)) == [colour(LIGHT.ground)]


def test_a_part_of_it_is_seen_from_near() -> None:
    ground = Ground(Picture(quarters(), (0.0, 0.0), 40.0))
    near = View((10.0, 10.0), 10.0, (200, 200))
    assert at(ground, near, (6.0, 6.0), (14.0, 14.0)) == [GREEN, GREEN]


def test_a_left_handed_picture_is_not_turned_round_in_a_left_handed_view() -> None:
    """In it east is left: x and the picture are mirrored alike."""
    ground = Ground(Picture(quarters(), (0.0, 0.0), 40.0, mirrored=True))
    view = View((0.0, 0.0), 40.0, (400, 400), mirrored=True)
    image = drawn_ground(ground, view, LIGHT)
    assert image.getpixel((100, 100)) == RED
    assert at(ground, view, (10.0, 10.0)) == [RED]
    assert at(ground, View((0.0, 0.0), 40.0, (400, 400)), (10.0, 10.0)) == [RED]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_map_on_black_is_drawn_in_the_colours_of_the_theme(theme: object) -> None:
    map_ = Image.new("L", (40, 40))
    map_.paste(96, (10, 0, 30, 40))
    view = View((0.0, 0.0), 40.0, (400, 400))
    image = drawn_ground(Ground(Picture(png(map_), (0.0, 0.0), 40.0)), view, theme)  # type: ignore[arg-type]
    assert image.getpixel((50, 200)) == colour(theme.ground)  # type: ignore[attr-defined]
    assert image.getpixel((200, 200)) == colour(theme.road)  # type: ignore[attr-defined]


def test_without_a_picture_there_are_lanes() -> None:
    square = ((-10.0, -10.0), (10.0, -10.0), (10.0, 10.0), (-10.0, 10.0))
    ground = Ground(borders=(square[:2],), areas=(square,))
    view = View((0.0, 0.0), 40.0, (400, 400))
    found = at(ground, view, (0.0, 0.0), (15.0, 0.0), (0.0, -10.0))
    assert found[:2] == [colour(LIGHT.road), colour(LIGHT.ground)]
    assert found[2] not in found[:2]


def test_lanes_go_on_where_the_picture_ends() -> None:
    square = ((-50.0, -50.0), (50.0, -50.0), (50.0, 50.0), (-50.0, 50.0))
    ground = Ground(Picture(quarters(), (0.0, 0.0), 40.0), areas=(square,))
    view = View((0.0, 0.0), 100.0, (400, 400))
    assert at(ground, view, (10.0, 10.0), (30.0, 30.0)) == [GREEN, colour(LIGHT.road)]


def test_without_any_there_is_a_grid_of_whole_metres() -> None:
    view = View((1.0, 1.0), 40.0, (400, 400))  # lines 5 m apart
    found = at(Ground(), view, (5.0, 2.0), (2.0, -5.0), (2.0, 2.0))
    assert found == [colour(LIGHT.grid), colour(LIGHT.grid), colour(LIGHT.ground)]


def test_a_picture_that_cannot_be_read_is_a_sentence() -> None:
    view = View((0.0, 0.0), 40.0, (400, 400))
    with pytest.raises(InputError, match="the recorded picture of the map can't be read"):
        drawn_ground(Ground(Picture(b"no picture", (0.0, 0.0), 40.0)), view, LIGHT)


@pytest.mark.parametrize(
    ("most", "nice"), [(0.7, 0.5), (1.0, 1), (4.99, 2), (5, 5), (49, 20), (999, 500)]
)
def test_whole_lengths_are_1_2_or_5_times_a_power_of_ten(most: float, nice: float) -> None:
    assert nice_length(most) == pytest.approx(nice)
