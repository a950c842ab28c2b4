"""Cameras, and what is drawn again for each step."""

from __future__ import annotations

from PIL import ImageChops
from support.drawn import colour, run_of
from support.scenes import circling

from iai_proxy.pictures import Style, View, draw_steps, following, still, view_of_all
from iai_proxy.scene import Frame
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
