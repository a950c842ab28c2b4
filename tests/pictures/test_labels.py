"""Texts say what they should, and stay in the picture."""

from __future__ import annotations

import pytest
from support.drawn import counted, drawn, moment

from iai_proxy.pictures import Style, View
from iai_proxy.pictures.labels import cut, moment_of
from iai_proxy.pictures.letters import text_width
from iai_proxy.scene import Problem
from iai_proxy.scene.palette import LIGHT

VIEW = View((0.0, 0.0), 40.0, (400, 400))


def finding(*agents: int, first: int = 0, last: int = 0) -> Problem:
    return Problem(220, "jump", "error", "agent 1 jumps", "don't", first, last, agents, 1)


def test_a_step_is_a_tenth_of_a_second() -> None:
    assert moment_of(40) == "step 40  4.0 s"


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    image = drawn(moment(), VIEW)  # at most 28 of 100: 10 m, 100 pixels
    line = [image.getpixel((x, 389)) for x in range(400)]
    dark = [x for x, (red, *_) in enumerate(line) if red < 100]
    assert dark[-1] - dark[0] == pytest.approx(100, abs=3)


def test_findings_are_marked_at_their_agents_in_their_steps() -> None:
    states = [(-8.0, 0.0, 0.0, 0.0), (8.0, 0.0, 0.0, 0.0)]
    here, later = finding(1), finding(0, first=5, last=9)
    image = drawn(moment(*states, problems=[here, later]), VIEW, Style(findings=True))
    assert counted(image.crop((200, 0, 400, 380)), LIGHT.alarm) > 20
    assert counted(image.crop((0, 0, 200, 380)), LIGHT.alarm) == 0


def test_findings_are_left_out_unless_they_are_asked_for() -> None:
    image = drawn(moment((0.0, 0.0, 0.0, 0.0), problems=[finding(0)]), VIEW)
    assert counted(image, LIGHT.alarm) == 0


def test_a_long_text_is_cut_to_the_width() -> None:
    shown = cut("a" * 500, 12, 100)
    assert shown.endswith("a…")
    assert 80 < text_width(shown, 12) <= 100
    assert cut("short", 12, 100) == "short"


def test_the_location_is_written_as_it_is_without_its_control_characters() -> None:
    scene = moment()
    hostile = View((0.0, 0.0), 40.0, (200, 100))
    for name in ("\x1b[31m\n\n\u202ered", "", "地図", "x" * 10_000):
        simulation = type(scene.simulation)(1, name, False, scene.simulation.branches, 1)
        named = type(scene)(
            scene.source, simulation, 1, scene.agents, scene.frames, ground=scene.ground
        )
        assert drawn(named, hostile, captions=True).size == (200, 100)
