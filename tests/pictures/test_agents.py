"""Agents are where their states say, and look as what they are."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace

import pytest
from support.drawn import colour, counted, drawn, moment, run_of

from iai_proxy.pictures import Style, View, draw_steps, still
from iai_proxy.scene.model import State
from iai_proxy.scene.palette import CAR, DARK, EGO, LIGHT, OTHER, PEDESTRIAN

NEAR = View((0.0, 0.0), 40.0, (400, 400))  # 10 pixels a metre
LARGE = View((0.0, 0.0), 40.0, (800, 800))  # 20
FAR = View((0.0, 0.0), 80.0, (400, 400))  # 5
BARE = Style(directions=False)


@pytest.mark.parametrize(("view", "scale"), [(NEAR, 10), (FAR, 5)])
@pytest.mark.parametrize(
    ("heading", "ahead"), [(0.0, (1, 0)), (math.pi / 2, (0, -1)), (math.pi, (-1, 0))]
)
def test_a_car_is_where_its_state_says_and_turned_as_its_heading_says(
    view: View, scale: int, heading: float, ahead: tuple[int, int]
) -> None:
    image = drawn(moment((8.0, 5.0, heading, 0.0)), view)
    x, y = 200 + 8 * scale, 200 - 5 * scale

    def at(along: float, aside: float = 0.0) -> tuple[int, ...]:
        """The pixel so many metres ahead of the car's middle, and to its right."""
        return image.getpixel(
            (
                round(x + scale * (along * ahead[0] - aside * ahead[1])),
                round(y + scale * (along * ahead[1] + aside * ahead[0])),
            )
        )

    assert at(-2.2) == at(-1.0, 0.6) == at(-1.0, -0.6) == colour(CAR)
    assert at(1.2) == colour(LIGHT.nose)
    assert at(2.2, 0.6) == colour(CAR)
    assert colour(CAR) not in {at(3.0), at(-3.0), at(0.0, 1.5), at(0.0, -1.5)}


def test_in_left_handed_coordinates_it_is_mirrored() -> None:
    state = (8.0, 5.0, math.radians(30), 0.0)
    image = drawn(moment(state), NEAR, BARE)
    mirrored = drawn(moment(state), replace(NEAR, mirrored=True), BARE)
    box = (240, 110, 320, 190)  # around the car; the scale bar is elsewhere
    there = (400 - box[2], box[1], 400 - box[0], box[3])
    flipped = mirrored.crop(there).transpose(0)
    assert flipped.getpixel((40, 40)) == colour(CAR)
    differences = [
        abs(a - b) for a, b in zip(image.crop(box).tobytes(), flipped.tobytes(), strict=True)
    ]
    assert sum(differences) / len(differences) < 2


def test_its_drawn_area_is_its_length_by_its_width() -> None:
    image = drawn(moment((0.0, 0.0, 0.4, 0.0)), NEAR, BARE)
    assert counted(image, CAR) == pytest.approx(50 * 20, rel=0.1)


def test_kinds_differ_in_colour_and_pedestrians_are_round() -> None:
    states = [(float(x), 0.0, 0.0, 0.0) for x in (-15, -5, 5, 15)]
    kinds = ["car", "pedestrian", "bicycle", "car"]
    image = drawn(moment(*states, kinds=kinds, size=(4.0, 4.0), egos=[3]), NEAR, BARE)
    for x, expected in zip((50, 150, 250, 350), (CAR, PEDESTRIAN, OTHER, EGO), strict=True):
        assert image.getpixel((x, 200)) == colour(expected)
    corner = [image.getpixel((x + 17, 217)) for x in (50, 150)]
    assert corner == [colour(CAR), colour(LIGHT.grid)] or corner[1] != colour(PEDESTRIAN)


def test_an_ego_has_a_thick_rim() -> None:
    states = [(-5.0, 0.0, 0.0, 0.0), (5.0, 0.0, 0.0, 0.0)]
    image = drawn(moment(*states, egos=[1]), NEAR)
    assert counted(image.crop((210, 180, 290, 220)), LIGHT.ink) > 50
    assert counted(image.crop((110, 180, 190, 220)), LIGHT.ink) == 0


def test_small_agents_are_still_seen_from_far_away() -> None:
    state = (0.0, 0.0, 0.0, 0.0)
    image = drawn(moment(state, kinds=["pedestrian"], size=(0.5, 0.5)), replace(FAR, fov=400.0))
    assert image.getpixel((200, 200)) != colour(LIGHT.ground)
    assert counted(image, PEDESTRIAN) >= 9


def test_a_velocity_is_the_way_of_half_a_second() -> None:
    fast = moment((0.0, 0.0, 0.0, 20.0))  # 10 m in half a second: 200 pixels
    image = drawn(fast, LARGE, Style(directions=False, velocities=True))
    assert image.getpixel((597, 400)) == colour(LIGHT.velocity)
    assert image.getpixel((604, 400)) != colour(LIGHT.velocity)
    assert counted(drawn(fast, NEAR), LIGHT.velocity) == 0


def test_where_the_api_put_an_agent_that_the_client_moved_is_a_ghost() -> None:
    answered: State = (-8.0, 0.0, 0.0, 0.0)
    scene = moment(answered, egos=[0], applied={0: (8.0, 0.0, 0.0, 0.0)})
    image = drawn(scene, LARGE, BARE)
    assert image.getpixel((560, 400)) == colour(EGO)
    around = image.crop((180, 370, 300, 430))
    assert counted(around, LIGHT.ghost) > 20
    assert counted(around, EGO) == 0
    joining = image.getpixel((400, 400))
    assert max(joining) < 160  # where the ground is 247


def test_infractions_are_rings() -> None:
    states = [(-8.0, 0.0, 0.0, 0.0), (8.0, 0.0, 0.0, 0.0)]
    image = drawn(moment(*states, infractions={1: (True, False, False)}), NEAR)
    assert counted(image.crop((200, 0, 400, 400)), LIGHT.alarm) > 100
    assert counted(image.crop((0, 0, 200, 400)), LIGHT.alarm) == 0


def test_agents_outside_the_supported_area_are_hollow() -> None:
    image = drawn(moment((0.0, 0.0, 0.0, 0.0), outside=frozenset({0})), LARGE, BARE)
    assert image.getpixel((400, 388)) == colour(LIGHT.ground)
    assert counted(image, CAR) > 50


def test_ids_are_the_numbers_of_agents() -> None:
    scene = moment((0.0, 0.0, 0.0, 0.0), (8.0, 0.0, 0.0, 0.0))
    plain, named = drawn(scene, NEAR), drawn(scene, NEAR, Style(ids=True))
    changed = sum(a != b for a, b in zip(plain.tobytes(), named.tobytes(), strict=True))
    assert changed > 60


def test_a_trail_is_where_an_agent_was() -> None:
    way = [(-15.0 + step, 0.0, 0.0, 10.0) for step in range(21)]
    scene = run_of({0: way})
    (last,) = draw_steps(scene, [20], still(NEAR), Style(trails=True))
    (first,) = draw_steps(scene, [0], still(NEAR), Style(trails=True))
    red, _, blue = last.image.getpixel((100, 200))  # type: ignore[misc]
    assert blue > red + 50
    assert first.image.getpixel((100, 200)) != (red, _, blue)


def test_an_agent_without_a_place_is_left_out() -> None:
    scene = moment((0.0, 0.0, 0.0, math.nan), (math.nan, 0.0, 0.0, 1.0))
    style = Style(velocities=True, ids=True, trails=True, findings=True)
    image = drawn(scene, NEAR, style)
    assert image.getpixel((185, 200)) == colour(CAR)


def test_the_dark_ground_has_the_same_agents() -> None:
    image = drawn(moment((0.0, 0.0, 0.0, 0.0)), NEAR, Style(theme=DARK))
    assert image.getpixel((185, 200)) == colour(CAR)
    assert image.getpixel((15, 45)) == colour(DARK.ground)


def test_states_are_not_changed() -> None:
    scene = moment((1.0, 2.0, 3.0, 4.0))
    drawn(scene, NEAR)
    assert scene.frames[0].states == array("d", [1, 2, 3, 4])
