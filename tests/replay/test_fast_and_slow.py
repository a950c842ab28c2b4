"""What is decided with texts and hashes is what is decided with parsed values."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replays import Replay
from support.worlds import Held, World

from iai_proxy.api import parse_json
from iai_proxy.large import merged_drive_answer
from iai_proxy.replay import Assemble, Decision, Live, Miss, Serve
from iai_proxy.replay.assembling import assembled_body

PROPERTIES = [
    {"agent_type": "car", "length": 4.5, "width": 2, "rear_axis_offset": 1.5, "max_speed": None},
    {"agent_type": "car", "length": 4.5, "width": 2, "rear_axis_offset": 1.5},
    {"agent_type": "pedestrian", "length": 1.0, "width": 1.0},
    {"agent_type": "car", "length": -1, "width": True},
    {"waypoint": [1, 2], "agent_type": "car"},
]
FIELDS: dict[str, list[Any]] = {
    "location": ["here", "there", "", 5],
    "get_birdview": [True, False, None, "yes"],
    "get_infractions": [True, False],
    "rendering_center": [None, [0, 0], [1e6, 5], [1]],
    "rendering_fov": [None, 100, 0, "wide"],
    "traffic_lights_states": [None, {}, {"1": "red"}, {"1": "blue"}],
    "light_recurrent_states": [None, [], [[0.5, 1.5]], [[0.5, 1.5], [1, 2]]],
    "model_version": [None, "m", "n"],
    "agent_attributes": [None, [], [[4.5, 2.0, 1.5]] * 3],
    "a_new_field": [0, 1, 1.0, "a.0,", "a,"],
}


def slow(world: World) -> World:
    """The same recording, of which no hash says what was asked for."""
    other = World()
    other.bodies = world.bodies
    other.observations = [
        replace(seen, asked=b"", described=b"", is_plain=False) for seen in world.observations
    ]
    return other


def told(decision: Decision) -> object:
    """A decision by its values, without the steps, which belong to one replay."""
    if isinstance(decision, Assemble):
        step = decision.step.index if decision.step else None
        return replace(decision, step=None), step
    return decision


def some_fields(draw: random.Random, most: int) -> dict[str, Any]:
    names = draw.sample(sorted(FIELDS), draw.randrange(most + 1))
    return {name: draw.choice(FIELDS[name]) for name in names}


def described(draw: random.Random, agents: list[Held]) -> dict[str, Any]:
    return {"agent_properties": [PROPERTIES[held.name % len(PROPERTIES)] for held in agents]} | (
        {"agent_properties": draw.choice([None, [], PROPERTIES[:2]])} if draw.random() < 0.1 else {}
    )


def asked_again(draw: random.Random, agents: list[Held]) -> list[Held]:
    """Agents as another program sends them."""
    chosen = [Held(held.name, list(held.state), held.recurrent) for held in agents]
    kind = draw.randrange(8)
    if kind == 0:
        draw.shuffle(chosen)
    elif kind == 1:
        chosen = draw.sample(chosen, draw.randrange(1, len(chosen) + 1))
    elif kind == 2:
        chosen[0].state[draw.randrange(4)] += draw.choice([0.01, 5.0])
    elif kind == 3:
        chosen[-1].recurrent = draw.choice([None, [0.0] * 4, [1.0, 2.0, 3.0, 4.0], [5.0]])
    elif kind == 4:
        chosen.append(Held(9, [1.0, 2.0, 3.0, 4.0], None))
    return chosen


def printed(draw: random.Random, request: dict[str, Any]) -> Any:
    if draw.random() < 0.1:
        request["recurrent_states"] = draw.choice([None, [], "none", [[True]]])
    if draw.random() < 0.05:
        request["agent_states"] = draw.choice([None, "none", [[1, 2, 3]], [[1, 2, 3, True]]])
    return request


@pytest.mark.parametrize("match", ["seedless", "step", "nearest"])
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_texts_and_hashes_decide_as_values_do(match: str, seed: int, draw: random.Random) -> None:
    world = World(seed)
    runs = []
    for _ in range(2):
        agents = world.initialize(3)
        runs.append([agents])
        for _ in range(draw.randrange(1, 4)):
            fields = {**described(draw, agents), **some_fields(draw, 2)}
            agents = world.drive(agents, **fields)
            runs[-1].append(agents)
    ignored = draw.choice([{"random_seed"}, {"random_seed", "location", "agent_properties"}])
    tolerance = draw.choice([None, 0.1])
    fast = Replay(world, match, tolerance, ignored=ignored)
    plain = Replay(slow(world), match, tolerance, ignored=ignored, reads_rows=False)
    for run in runs:
        both = fast.initialize(3), plain.initialize(3)
        assert told(both[0]) == told(both[1])
        for agents in run:
            held = asked_again(draw, agents)
            fields = {"random_seed": 5, **described(draw, held), **some_fields(draw, 2)}
            request = printed(draw, world.drive_request(held, **fields))
            decided, expected = fast.ask("drive", request), plain.ask("drive", request)
            assert told(decided) == told(expected)
            if not isinstance(decided, Live | Miss):
                assert fast.answer(decided) == plain.answer(expected)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_an_answer_joined_of_texts_is_that_joined_of_values(
    sizes: list[int], draw: random.Random, spaced: bool
) -> None:
    def row() -> Any:
        return draw.choice([None, [draw.random(), 1e-7, 5, -0.0], [0.0] * 4])

    bodies = []
    for size in sizes:
        answer = {
            "agent_states": [[draw.random() for _ in range(4)] for _ in range(size)],
            "recurrent_states": draw.choice([None, [], [row() for _ in range(size)]]),
            "infraction_indicators": draw.choice([None, [[True, False, False]] * size]),
            "birdview": draw.choice([None, [1, 2, 3]]),
            "light_recurrent_states": [[0.5, 1.5]],
        }
        if answer["recurrent_states"] == []:
            answer["recurrent_states"] = [row() for _ in range(size)]
        bodies.append(json.dumps(answer).encode() if spaced else orjson.dumps(answer))
    agents = [(part, place) for part, size in enumerate(sizes) for place in range(size)]
    sources = tuple(draw.sample(agents, draw.randrange(1, len(agents) + 1)))
    decision = Assemble(tuple(range(1, len(sizes) + 1)), sources, None)
    answers = [parse_json(body) for body in bodies]
    expected = merged_drive_answer(answers, sources)
    if len(answers) == 1:
        expected["birdview"] = answers[0]["birdview"]
    joined = assembled_body(decision, bodies)
    assert parse_json(joined) == expected
    is_whole = len(sizes) == 1 and list(sources) == agents
    assert (joined == bodies[0]) or not is_whole


def test_a_request_that_sends_an_answer_back_is_not_parsed() -> None:
    world = World()
    first = world.initialize(3)
    second = world.drive(first)
    world.drive(second)
    replay = Replay(world, "seedless")
    replay.initialize(3)
    assert isinstance(replay.drive(first), Serve)
    body = json.dumps(world.drive_request(second, random_seed=7)).encode()
    read = replay.replayer.served.read(body)
    assert read is not None
    assert read.rows.are_answered
    assert isinstance(replay.drive(second), Serve)
