"""Index, overview and chunks: what the page reads is what the scene has."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from support.scenes import circling, state_of

from iai_proxy.page.bundle import script
from iai_proxy.page.encode import Flag, chunk_of, chunk_ranges, index_of, overview_of, own_steps
from iai_proxy.scene import (
    Agent,
    BranchInfo,
    Frame,
    Picture,
    Problem,
    Scene,
    SimulationInfo,
    StepCalls,
    StepPart,
)

FORKED = SimulationInfo(2, "fork", False, (BranchInfo(1, 0, 450), BranchInfo(2, 0, 60, 1, 40)), 1)
COLUMNS = ("x", "y", "heading", "speed")
CM, TENTH = 0.01, math.radians(0.1)

coordinate = st.floats(-1e6, 1e6)
state = st.tuples(coordinate, coordinate, st.floats(-50, 50), st.floats(-100, 100))
broken = st.tuples(*[st.sampled_from([math.nan, math.inf, 1.0])] * 4)


@st.composite
def frames(draw: st.DrawFn) -> list[Frame]:
    """Draw up to eight consecutive steps of up to five agents, in any order."""
    first = draw(st.integers(0, 1000))
    made = []
    for step in range(first, first + draw(st.integers(1, 8))):
        present = draw(st.lists(st.integers(0, 400), unique=True, max_size=5))
        states = draw(st.lists(state | broken, min_size=len(present), max_size=len(present)))
        moved = {} if not present else draw(st.dictionaries(st.sampled_from(present), state))
        marks = draw(st.lists(st.integers(0, 2**64 - 1), min_size=5, max_size=5))
        sources = tuple((place % 2, place) for place in range(len(present)))
        parts = (StepPart(step * 2 + 1, (), ()), StepPart(step * 2 + 2, (), ()))
        made.append(
            Frame(
                step,
                tuple(present),
                array("d", [value for values in states for value in values]),
                applied=moved,
                lights=draw(st.none() | st.dictionaries(st.integers(1, 3), st.text(max_size=5))),
                infractions=draw(infractions(present)),
                calls=StepCalls(parts, sources, marks[: len(present)], (), step, step + 10**6),
            )
        )
    return made


def infractions(present: list[int]) -> st.SearchStrategy[dict[int, tuple[bool, bool, bool]]]:
    flags = st.tuples(st.booleans(), st.booleans(), st.booleans())
    return st.dictionaries(st.sampled_from(present), flags) if present else st.just({})


def scene_of(made: list[Frame]) -> Scene:
    numbers = {agent for frame in made for agent in frame.agents}
    agents = {number: Agent(number, "car", 4.5, 2.0) for number in numbers}
    simulation = SimulationInfo(1, "any", False, (BranchInfo(1, 0, 2000),), 1)
    return Scene("any.iairec", simulation, 1, agents, made)


@pytest.fixture(scope="module")
def decoder(browser: Browser) -> Iterator[Page]:
    """A window that has the page's own decoder."""
    page = browser.new_page()
    page.add_script_tag(content=f"{script('decode')}; window.decode = module_decode.decodeChunk;")
    yield page
    page.close()


def decoded(page: Page, chunk: dict[str, Any]) -> dict[str, Any]:
    """Return a chunk as the page's own JavaScript reads it, typed arrays as lists."""
    program = """async (text) => {
        const chunk = await decode(JSON.parse(text));
        const lists = (columns) => Object.fromEntries(
            Object.entries(columns).map(([name, column]) => [name, Array.from(column)]));
        return { ...chunk, columns: lists(chunk.columns), shown: lists(chunk.shown),
            moved: chunk.moved && Array.from(chunk.moved), rowOf: [...chunk.rowOf] };
    }"""
    answer: dict[str, Any] = page.evaluate(program, json.dumps(chunk))
    return answer


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=frames())
def test_the_browser_reads_what_the_scene_has(decoder: Page, made: list[Frame]) -> None:
    chunk = decoded(decoder, chunk_of(scene_of(made)))
    rows = dict(chunk["rowOf"])
    assert chunk["count"] == len(made)
    for offset, frame in enumerate(made):
        for agent, row in rows.items():
            at = row * len(made) + offset
            flags = chunk["columns"]["flags"][at]
            assert bool(flags & Flag.PRESENT) == (agent in frame.agents)
            if agent in frame.agents:
                _check_agent(chunk, at, frame, frame.agents.index(agent))


def _check_agent(chunk: dict[str, Any], at: int, frame: Frame, place: int) -> None:
    columns = chunk["columns"]
    answered = frame.answered(place)
    agent = frame.agents[place]
    known = all(map(math.isfinite, answered))
    assert bool(columns["flags"][at] & Flag.KNOWN) == known
    if known:
        _check_state([columns[name][at] for name in COLUMNS], answered)
    assert bool(chunk["moved"] and chunk["moved"][at]) == (agent in frame.applied)
    if agent in frame.applied:
        _check_state([chunk["shown"][name][at] for name in COLUMNS], frame.applied[agent])
    assert frame.calls
    assert (columns["part"][at], columns["place"][at]) == frame.calls.sources[place]
    assert columns["mark"][at] == frame.calls.marks[place] % 2**32
    assert columns["order"][at] == place
    flags = [Flag.COLLISION, Flag.OFF_ROAD, Flag.WRONG_WAY]
    wrong = tuple(bool(columns["flags"][at] & flag) for flag in flags)
    assert wrong == frame.infractions.get(agent, (False, False, False))


def _check_state(read: list[int], state: tuple[float, float, float, float]) -> None:
    x, y, heading, speed = state
    assert math.isclose(read[0] * CM, x, abs_tol=CM)
    assert math.isclose(read[1] * CM, y, abs_tol=CM)
    assert abs(math.remainder(read[2] * TENTH - heading, math.tau)) <= TENTH
    assert math.isclose(read[3] * CM, speed, abs_tol=CM)


@given(made=frames())
def test_lights_are_told_wherever_they_change(made: list[Frame]) -> None:
    changes = dict(chunk_of(scene_of(made))["lights"])
    assert made[0].step in changes
    for before, frame in pairwise(made):
        assert (frame.step in changes) == (frame.lights != before.lights)
        if frame.step in changes and frame.lights is not None:
            assert changes[frame.step] == {str(a): light for a, light in frame.lights.items()}


def test_coordinates_beyond_all_maps_are_cut_off() -> None:
    made = [
        Frame(step, (0,), array("d", [sign * 1e300, 0, 0, 0])) for step, sign in ((0, 1), (1, -1))
    ]
    assert chunk_of(scene_of(made))["count"] == 2


def test_a_branch_has_chunks_of_its_own_steps_only() -> None:
    assert own_steps(FORKED, 1) == range(451)
    assert own_steps(FORKED, 2) == range(41, 61)
    assert list(chunk_ranges(range(451))) == [range(200), range(200, 400), range(400, 451)]


def test_calls_are_told_by_step() -> None:
    calls = chunk_of(circling(steps=31, parts=2))["calls"]
    assert calls[30] == {
        "started": 1_700_000_003_000.0,
        "latency": 22.0,
        "attempts": [900],
        "parts": [[61, 3], [62, 3]],
        "seed": "7",
        "model": "best",
    }


def test_the_overview_tells_what_happens_when() -> None:
    overview = overview_of(circling(steps=40))
    assert overview["first"] == 0
    assert overview["present"] == [5] * 10 + [6] * 30
    assert overview["arrivals"] == [[10, 5]]
    assert overview["departures"] == []
    assert overview["latency"][:3] == [20, 21, 22]
    assert [step for step, count in enumerate(overview["failures"]) if count] == [30]
    left, bottom, right, top = overview["bounds"]
    assert left <= state_of(4, 20)[0] <= right
    assert bottom <= state_of(4, 20)[1] <= top


def test_who_is_there_at_a_branchs_first_step_is_compared_with_the_step_before() -> None:
    scene = circling(steps=12)
    assert overview_of(scene, range(10, 12))["arrivals"] == [[10, 5]]
    assert overview_of(scene, range(11, 12))["arrivals"] == []


def test_a_finding_of_several_branches_stands_once_in_the_index() -> None:
    problem = Problem(220, "jump", "error", "It jumps.", "Send it back.", 3, 4, (1,), 9)
    scene = circling(simulation=FORKED, problems=[problem])
    index = index_of([scene, replace(scene, branch=2)])
    (simulation,) = index["simulations"]
    assert (simulation["key"], simulation["number"]) == ("2", 2)
    assert [(one["code"], one["branches"]) for one in simulation["problems"]] == [(220, [1, 2])]
    assert simulation["branches"][1] == {
        "number": 2, "first": 0, "last": 60, "leaves_branch": 1, "leaves_at": 40,
    }  # fmt: skip


def test_a_picture_of_the_ground_stands_in_the_index_or_at_an_address() -> None:
    scene = circling()
    picture = Picture(b"\x89PNG...", (1.0, 2.0), 100.0)
    scene = replace(scene, ground=replace(scene.ground, picture=picture))
    ground = index_of([scene])["simulations"][0]["ground"]
    assert ground["picture"]["url"].startswith("data:image/png;base64,")
    ground = index_of([scene], picture="picture?sim={}")["simulations"][0]["ground"]
    assert ground["picture"] == {
        "url": "picture?sim=1", "center": [1.0, 2.0], "fov": 100.0, "mirrored": False,
    }  # fmt: skip


def test_what_is_no_number_is_null_in_json() -> None:
    scene = circling(steps=1)
    actor = replace(scene.actors[0], x=math.nan, length=math.nan)
    agent = replace(scene.agents[0], rear_axis_offset=math.inf)
    scene = replace(scene, actors=[actor], agents={**scene.agents, 0: agent})
    json.dumps([index_of([scene]), chunk_of(scene)], allow_nan=False)
