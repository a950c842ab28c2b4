"""What is asked for besides the agents' states."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from support.replays import Replay, truth
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint, request_keys
from iai_proxy.api.fields import REQUESTED
from iai_proxy.replay import (
    Assemble,
    Decision,
    KeyedCall,
    MatchRules,
    Miss,
    MissKind,
    Replayer,
    Serve,
)
from iai_proxy.replay.field_comparison import Sides, field_differences
from iai_proxy.replay.field_rules import RULES, UNKNOWN, docs_row, rules_of

OTHERS: list[tuple[str, Any, Any]] = [
    ("get_infractions", True, False),
    ("get_birdview", True, False),
    ("traffic_lights_states", {"1": "red"}, {"1": "green"}),
    ("traffic_lights_states", {"1": "red"}, None),
    ("traffic_lights_states", None, {"1": "red"}),
    ("model_version", "one", "other"),
    ("model_version", "one", None),
    ("model_version", None, "one"),
    ("light_recurrent_states", [[0, 1]], None),
    ("light_recurrent_states", [[0, 1]], [[0, 2]]),
    ("light_recurrent_states", None, [[0, 1]]),
    ("location", "there", "here"),
    ("agent_properties", [{"agent_type": "pedestrian"}] * 2, [{"agent_type": "car"}] * 2),
]
#: Recorded otherwise, but an answer all the same.
ALIKE: list[tuple[str, Any, Any]] = [
    ("get_infractions", False, True),
    ("get_birdview", False, True),
    ("model_version", None, None),
    ("light_recurrent_states", [[0, 1]], [[0, 1.0]]),
    ("light_recurrent_states", None, []),
    ("from_tomorrow", False, None),
    ("rendering_fov", 100, 50),
    ("random_seed", 1, 2),
]
INDISPENSABLE = {"get_infractions", "get_birdview", "location"}


def run(field: str, recorded: Any) -> tuple[World, list[Held], list[Held]]:
    world = World()
    begun = world.initialize(2)
    return world, begun, world.drive(begun, **{field: recorded})


def ignoring(world: World, field: str) -> Replay:
    """A replay with ``--ignore FIELD``."""
    replay, ignored = Replay(world), DEFAULT_IGNORED | {field}
    kept = [
        KeyedCall(seen.call, request_keys("POST", seen.call.target, sent, ignored))
        for seen, (sent, _) in zip(world.observations, world.bodies, strict=True)
    ]
    replay.replayer = Replayer(
        kept, MatchRules("step", ignored), lambda: replay.steps, replay.request
    )
    return replay


def asked(replay: Replay, agents: list[Held], field: str, value: Any) -> Decision:
    return replay.drive(agents[::-1], **{field: value})


@pytest.mark.parametrize(("field", "ours", "theirs"), OTHERS)
def test_other_fields_are_a_miss_that_names_the_field_and_the_flag_that_accepts_it(
    field: str, ours: Any, theirs: Any
) -> None:
    world, begun, after = run(field, theirs)
    miss = asked(Replay(world), begun, field, ours)
    assert isinstance(miss, Miss)
    assert (miss.kind, miss.where, miss.nearest) == (MissKind.FIELDS, (1, 1), 2)
    assert miss.reason.startswith("is simulation 1, step 1, but asks for something else: ")
    assert miss.accepted_by == f"--ignore {field}"
    accepting = ignoring(world, field)
    assert accepting.got(asked(accepting, begun, field, ours)) == truth(after[::-1])


@pytest.mark.parametrize(("field", "ours", "theirs"), OTHERS)
def test_at_nearest_only_required_fields_matter(field: str, ours: Any, theirs: Any) -> None:
    world, begun, _ = run(field, theirs)
    decision = asked(Replay(world, "nearest"), begun, field, ours)
    assert isinstance(decision, Miss if field in INDISPENSABLE else Assemble)


@pytest.mark.parametrize(("field", "ours", "theirs"), ALIKE)
def test_an_answer_with_more_than_was_asked_for_is_served(
    field: str, ours: Any, theirs: Any
) -> None:
    world, begun, after = run(field, theirs)
    replay = Replay(world)
    assert replay.got(asked(replay, begun, field, ours)) == truth(after[::-1])


def test_the_branch_of_a_fork_with_the_same_fields_answers() -> None:
    world = World()
    begun = world.initialize(2)
    without, with_ = world.drive(begun), world.drive(begun, get_infractions=True)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1], get_infractions=True)) == truth(with_[::-1])
    assert replay.got(replay.drive(begun[::-1])) == truth(without[::-1])


def test_an_agents_properties_are_compared_with_its_own_in_any_order() -> None:
    world = World()
    begun = world.initialize(2)
    kinds = [{"agent_type": "car"}, {"agent_type": "pedestrian"}]
    after = world.drive(begun, agent_properties=kinds)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1], agent_properties=kinds[::-1])) == truth(after[::-1])
    miss = replay.drive(begun[:0:-1], agent_properties=[{"agent_type": "bus"}])
    assert isinstance(miss, Miss)
    assert miss.reason.endswith("agent 0 agent_type is bus, recorded pedestrian")


def test_parts_of_a_large_call_are_each_compared_with_the_whole_request() -> None:
    world = World()
    begun = world.initialize(4)
    kinds = [{"agent_type": "car", "length": index} for index in range(4)]
    after = world.large_drive(begun, [([0, 1], []), ([2, 3], [])])
    lengths = [kinds[:2], kinds[2:]]
    for number, part in zip((2, 3), lengths, strict=True):
        sent, got = world.bodies[number - 1]
        world.bodies[number - 1] = (sent.replace(*_properties(part)), got)
    replay = Replay(world)
    assert replay.got(replay.drive(begun, agent_properties=kinds)) == truth(after)
    miss = replay.drive(begun, agent_properties=[*kinds[:3], {"agent_type": "car", "length": 9}])
    assert isinstance(miss, Miss)
    assert miss.reason.endswith("agent 3 length is 9, recorded 3")


def _properties(part: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    return b'[{"agent_type": "car"}, {"agent_type": "car"}]', json.dumps(part).encode()


@pytest.mark.parametrize("match", ["step", "nearest"])
def test_another_number_of_light_groups_is_another_map(match: str) -> None:
    world, begun, _ = run("light_recurrent_states", [[0, 2]])
    for lights in ([], [[0, 2], [1, 2]]):
        decision = asked(Replay(world, match), begun, "light_recurrent_states", lights)
        assert isinstance(decision, Miss)
        assert decision.kind == MissKind.FIELDS


@pytest.mark.parametrize("match", ["step", "nearest"])
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("light_recurrent_states", [[1]], "group 0 of light_recurrent_states has 1 number, not 2"),
        ("light_recurrent_states", "red", "light_recurrent_states is text, not a list"),
        ("light_recurrent_states", [["a", 1]], "group 0 of light_recurrent_states holds text"),
        ("traffic_lights_states", {"1": "purple"}, 'is "purple", not none, green, yellow or red'),
        ("traffic_lights_states", ["red"], "traffic_lights_states is a list, not an object"),
        ("get_birdview", "banana", "get_birdview is text, not true or false"),
        ("get_infractions", None, "get_infractions is null, not true or false"),
        ("rendering_fov", -5, "rendering_fov is -5, not above 0"),
        ("rendering_center", [1, 2, 3], "rendering_center has 3 numbers, not 2"),
        ("model_version", 9, "model_version is a number, not a text"),
        ("random_seed", 1.5, "random_seed is 1.5, not a whole number"),
        ("random_seed", 2**70, "random_seed is 1.18059e+21, which is more than 64 bits hold"),
        ("location", "", "location is empty"),
        ("location", 5, "location is a number, not a text"),
        (
            "agent_properties",
            [{"length": -3}, {}],
            "length of agent 0 of agent_properties is -3, not above 0",
        ),
    ],
)
def test_a_value_that_the_api_cannot_read_is_a_miss_that_says_so(
    field: str, value: Any, said: str, match: str
) -> None:
    world, begun, _ = run("from_tomorrow", None)
    decision = asked(Replay(world, match), begun, field, value)
    assert isinstance(decision, Miss)
    assert (decision.kind, said in decision.reason) == (MissKind.UNREADABLE, True), decision.reason


@pytest.mark.parametrize("field", ["get_birdview", "traffic_lights_states", "from_tomorrow"])
def test_a_value_that_was_answered_as_it_is_was_read(field: str) -> None:
    world, begun, after = run(field, {"1": "flashing"})
    replay = Replay(world)
    assert replay.got(asked(replay, begun, field, {"1": "flashing"})) == truth(after[::-1])


def test_a_field_that_the_api_may_add_tomorrow_is_compared() -> None:
    world, begun, after = run("from_tomorrow", 1)
    miss = asked(Replay(world), begun, "from_tomorrow", 2)
    assert isinstance(miss, Miss)
    assert miss.reason.endswith("from_tomorrow is 2, recorded 1")
    assert miss.accepted_by == "--ignore from_tomorrow"
    accepting = ignoring(world, "from_tomorrow")
    assert accepting.got(asked(accepting, begun, "from_tomorrow", 2)) == truth(after[::-1])


def test_a_field_that_no_recorded_request_has_can_be_accepted_all_the_same() -> None:
    world, begun, after = run("random_seed", 7)
    miss = asked(Replay(world), begun, "from_tomorrow", 2)
    assert isinstance(miss, Miss)
    assert miss.accepted_by == "--match nearest --tolerance 0"
    accepting = Replay(world, "nearest", tolerance=0.0)
    assert accepting.got(asked(accepting, begun, "from_tomorrow", 2)) == truth(after[::-1])


def test_a_picture_of_which_nothing_was_recorded_is_a_miss_that_names_both_frames() -> None:
    world = World()
    begun = world.initialize(2)
    frame = {"get_birdview": True, "rendering_fov": 100, "rendering_center": [0, 0]}
    world.drive(begun, **frame)
    miss = Replay(world).drive(begun[::-1], **{**frame, "rendering_center": [9999, 0]})
    assert isinstance(miss, Miss)
    assert miss.reason.endswith(
        "the picture is of 100 m around (9999, 0), recorded 100 m around (0, 0), "
        "which shows nothing of that"
    )
    assert miss.accepted_by == "--ignore rendering_center"
    near = Replay(world).drive(begun[::-1], **{**frame, "rendering_center": [99, 0]})
    assert isinstance(near, Assemble)


@pytest.mark.parametrize("ignored", [(), ("location",)])
def test_what_is_ignored_is_not_compared(ignored: Collection[str]) -> None:
    sides = Sides({"location": "a"}, {"location": "b"}, ignored=frozenset(ignored))
    found = list(field_differences(sides, Endpoint.DRIVE, "step"))
    assert [difference.field for difference in found] == ([] if ignored else ["location"])


def test_the_docs_have_the_table() -> None:
    text = (Path(__file__).parents[2] / "docs/replay.md").read_text()
    rows = text.partition("| field | call |")[2].partition("\n\n")[0].splitlines()[2:]
    assert rows == [docs_row(rule) for rule in (*RULES, UNKNOWN)]


@pytest.mark.parametrize("endpoint", [Endpoint.INITIALIZE, Endpoint.DRIVE])
def test_each_field_that_the_wire_has_is_in_the_table(endpoint: Endpoint) -> None:
    wire = (Path(__file__).parents[2] / "docs/wire.md").read_text()
    row = next(line for line in wire.splitlines() if line.startswith(f"| `{endpoint}` | POST"))
    named = set(re.findall("`([a-z_]+)`", row.split("|")[3]))
    assert named == rules_of(endpoint).keys()
    assert named <= set(REQUESTED)


@pytest.mark.parametrize("first", [0, 1])
def test_lights_of_another_part_of_the_step_before_are_taken(first: int) -> None:
    """A client keeps the lights of its first part: with other parts that is another one."""
    world = World()
    begun = world.initialize(4)
    middle = world.large_drive(begun, [([0, 1], []), ([2, 3], [])])
    lights = [[[1, 0.5]], [[1, 0.7]]]
    for number, answered in zip((2, 3), lights, strict=True):
        sent, got = world.bodies[number - 1]
        value = {**json.loads(got), "light_recurrent_states": answered}
        world.bodies[number - 1] = sent, json.dumps(value).encode()
    after = world.drive(middle, light_recurrent_states=lights[0])
    replay = Replay(world)
    asked = replay.drive(middle[::-1], light_recurrent_states=lights[first])
    assert replay.got(asked) == truth(after[::-1])
    assert isinstance(replay.drive(middle[::-1], light_recurrent_states=[[2, 0.5]]), Miss)


def test_an_earlier_step_of_a_history_is_compared() -> None:
    world = World()
    given = world.newcomer()
    past = [given.state[0] - 1, *given.state[1:]]
    world.initialize(1, sent=[given], states_history=[[past], [given.state]])
    moved = [past[0] + 0.25, *past[1:]]

    def ask(tolerance: float | None, state: list[float]) -> Decision:
        history = [[state], [given.state]]
        return Replay(world, tolerance=tolerance).initialize(
            1, sent=[given], states_history=history
        )

    assert isinstance(ask(None, past), Assemble | Serve)
    miss = ask(None, moved)
    assert isinstance(miss, Miss)
    assert "step 0 of states_history is" in miss.reason
    assert isinstance(ask(0.5, moved), Assemble)
