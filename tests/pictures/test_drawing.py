"""Cameras, and what is drawn again for each step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops
from support.drawn import colour, drawn, moment, run_of
from support.scenes import circling

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.pictures import Style, View, draw_steps, following, still, view_of_all
from iai_proxy.scene import Frame, Ground
from iai_proxy.scene.model import State
from iai_proxy.scene.palette import CAR

VIEW = View((0.0, 0.0), 40.0, (400, 400))
BARE = Style(directions=False)


def test_the_parts_that_are_touched_are_all_that_differs_from_the_ground() -> None:
    scene = circling()
    style = Style(ids=True, trails=True, velocities=True, findings=True)
    for step in draw_steps(scene, range(0, 60, 7), still(view_of_all(scene, (300, 300))), style):
        restored = step.image.copy()
        for box in step.touched:
            restored.paste(step.ground.crop(box), box)
        assert ImageChops.difference(restored, step.ground).getbbox() is None


def test_the_ground_is_drawn_once_for_a_view_that_stays() -> None:
    scene = circling()
    steps = list(draw_steps(scene, range(5), still(VIEW), Style()))
    assert len({id(step.ground) for step in steps}) == 1


def test_an_agent_that_is_followed_stays_in_the_middle() -> None:
    scene = run_of({0: [(float(x), 2.0 * x, 0.0, 10.0) for x in range(50)]})
    camera = following(scene, 0, VIEW)
    for step in draw_steps(scene, range(0, 50, 10), camera, BARE):
        assert step.image.getpixel((200, 200)) == colour(CAR)


def test_an_agent_that_is_followed_and_absent_leaves_the_view_where_it_was() -> None:
    scene = run_of({0: [(float(x), 0.0, 0.0, 10.0) for x in range(4)]})
    frames = [
        frame if frame.step in (1, 2) else Frame(frame.step, (), frame.states[:0])
        for frame in scene.frames
    ]
    scene = type(scene)(
        scene.source, scene.simulation, 1, scene.agents, frames, ground=scene.ground
    )
    camera = following(scene, 0, VIEW)
    assert [camera(frame).center[0] for frame in frames] == [1, 1, 2, 2]


numbers = st.floats() | st.floats(-100, 100)
states = st.tuples(numbers, numbers, numbers, numbers)
sides = st.floats() | st.floats(0, 10)
maybe_sides = st.none() | sides


@given(
    st.lists(states, min_size=1, max_size=3),
    st.tuples(sides, sides),
    st.tuples(numbers, numbers, numbers, maybe_sides, maybe_sides),
    st.lists(st.tuples(numbers, numbers).map(lambda point: (point,) * 3), max_size=2),
    st.none() | st.floats(0.5, 1e6),
)
def test_odd_numbers_from_outside_spoil_no_picture(
    placed: list[State],
    size: tuple[float, float],
    actor: tuple[Any, ...],
    areas: list[tuple[Any, ...]],
    fov: float | None,
) -> None:
    scene = moment(
        *placed,
        size=size,
        egos=[0],
        actors=[ScenarioActor(1, "traffic_light", *actor)],
        lights={1: "red"},
        ground=Ground(borders=tuple(areas), areas=tuple(areas)),
        applied={0: placed[-1]},
        infractions={0: (True, True, False)},
    )
    view = view_of_all(scene, (64, 64))
    view = replace(view, fov=fov or view.fov)
    assert drawn(scene, view, Style(ids=True, trails=True, velocities=True)).size == (64, 64)
