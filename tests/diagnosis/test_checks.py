"""The checks themselves: complete, quiet on what is right, never upset by odd input, cheap."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.diagnosis.check import Check, Severity
from iai_proxy.diagnosis.identity.comparison import REMEMBERED_STEPS
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.errors import UsageError

from . import mistakes
from .sdk_logs import printed_by_tool
from .views import findings_of, told, views_of

Json = dict[str, Any]

PARTS = ("Why: ", "Example: ", "Fix: ")
CHECKS = pytest.mark.parametrize("check", ALL, ids=lambda check: f"{check.code}-{check.name}")


# --- What each check must have.


def test_codes_and_names_are_unique_and_in_order() -> None:
    assert [check.code for check in ALL] == sorted({check.code for check in ALL})
    assert len({check.name for check in ALL}) == len(ALL)
    assert {10, 11, 20, 21, 50, 51, 52, 100, 101} <= {check.code for check in ALL}


@CHECKS
def test_a_check_explains_itself(check: type[Check]) -> None:
    paragraphs = [" ".join(one.split()) for one in (check.__doc__ or "").strip().split("\n\n")]
    assert paragraphs[0].endswith(".")
    assert len(paragraphs[0]) < 120
    assert [part for part in PARTS for one in paragraphs if one.startswith(part)] == list(PARTS)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.name)
    assert isinstance(check.severity, Severity)
    assert "\n" not in check.help
    assert check.help.endswith(".")


@CHECKS
def test_a_check_stands_in_a_module_of_its_name(check: type[Check]) -> None:
    family, module = check.__module__.removeprefix("iai_proxy.diagnosis.checks.").split(".")
    assert module == check.name.replace("-", "_")
    assert family in {"recurrent", "order", "motion", "sizes", "lights", "setup", "calls"}
    assert check.__name__.lower() == check.name.replace("-", "")


@CHECKS
def test_a_check_has_a_golden_pair(check: type[Check]) -> None:
    for kind in ("run", "findings"):
        assert (
            Path(__file__).parent / "golden" / f"{check.code}-{check.name}.{kind}.json"
        ).is_file()


def test_no_golden_file_is_left_over() -> None:
    names = {f"{check.code}-{check.name}" for check in ALL}
    assert {
        path.name.split(".")[0] for path in (Path(__file__).parent / "golden").glob("*.json")
    } == names


def test_a_check_is_found_by_its_code_and_an_unknown_one_names_close_ones() -> None:
    assert by_code(21).name == "recurrent-state-modified"
    with pytest.raises(UsageError, match=r"there is no check 22; close ones are .*20 .*21 "):
        by_code(22)


# --- A run without a mistake.


@pytest.mark.parametrize("lights", [True, False])
def test_no_check_says_anything_of_a_sound_run(lights: bool) -> None:
    assert list(findings_of(*views_of(mistakes.run(steps=30, lights=lights)), ALL)) == []


# --- The SDK's own tool.


@pytest.mark.parametrize("code", [10, 11, 20, 21, 50, 51, 52, 101])
def test_where_the_sdks_tool_is_right_its_verdict_is_the_same(code: int, tmp_path: Path) -> None:
    logs = pytest.importorskip("invertedai")
    calls = mistakes.MISTAKES[code]()
    log = {
        f"{endpoint}_{side}": [
            json.dumps(one[body]) for one in calls if one["endpoint"] == endpoint
        ]
        for endpoint in ("initialize", "drive")
        for side, body in (("requests", "request"), ("responses", "answer"))
    }
    (tmp_path / "log.json").write_text(json.dumps(log))
    printed = printed_by_tool(logs.DiagnosticTool, tmp_path / "log.json", None)
    assert isinstance(printed, str)
    theirs = {int(found) for found in re.findall(r"Issue code (\d+)", printed)}
    assert {one.code for one in findings_of(*views_of(calls), ALL) if one.code < 200} == theirs


# --- What several steps say together.


def test_a_branch_that_goes_on_for_some_steps_is_not_unused() -> None:
    """Two futures of three steps each from step 2; in one of them step 4 is asked for once more, in vain."""
    calls = mistakes.run(steps=5)
    other = copy.deepcopy(calls[4:])
    for call in other:
        for body in call["answer"], *([call["request"]] if call is not other[0] else []):
            body["recurrent_states"] = [
                [one + 5.0 for one in row] for row in body["recurrent_states"]
            ]
    vain = copy.deepcopy(calls[5])
    for row in vain["answer"]["recurrent_states"]:
        row[0] += 1.0
    unused = [one for one in findings_of(*views_of([*calls, *other]), ALL) if one.code == 320]
    assert not unused
    (unused,) = [
        one
        for one in findings_of(*views_of([*calls[:5], vain, *calls[5:], *other]), ALL)
        if one.code == 320
    ]
    assert unused.message == "1 answer was never used by a later call: #6"


def test_where_a_client_looks_ahead_no_last_step_is_unused() -> None:
    """From each step two futures of two steps each are looked at before one is gone on with; so too from the last."""

    def futures(at: int, calls: list[Json]) -> list[Json]:
        found = []
        for future in (1, 2):
            ahead = copy.deepcopy(calls[at : at + 2])
            for number, call in enumerate(ahead):
                for body in call["answer"], *([call["request"]] if number else []):
                    body["recurrent_states"] = [
                        [one + 5.0 * future for one in row] for row in body["recurrent_states"]
                    ]
            found += ahead
        return found

    calls = mistakes.run(steps=5, info=False)
    looking = [
        calls[0],
        *(one for step in range(1, 4) for one in (*futures(step, calls), calls[step])),
    ]
    assert not list(findings_of(*views_of(looking), [by_code(320)]))


def test_lights_that_one_branch_has_are_none_of_the_other() -> None:
    """From one beginning two futures: one client sets the lights, the other never does."""
    lit = mistakes.run(
        lambda step, request: step and request.update(traffic_lights_states=mistakes.LIGHTS),
        steps=3,
    )
    dark = copy.deepcopy(mistakes.run(steps=5)[2:])
    for call in dark:
        for body in call["answer"], *([call["request"]] if call is not dark[0] else []):
            body["recurrent_states"] = [
                [one + 5.0 for one in row] for row in body["recurrent_states"]
            ]
    assert not list(findings_of(*views_of([*lit, *dark]), [by_code(250)]))


@pytest.mark.parametrize("ego", [True, False])
def test_who_stands_still_is_told_also_with_an_ego_and_who_chooses_among_futures_is_not(
    ego: bool,
) -> None:
    def still(times: int, calls: list[Json]) -> list[Json]:
        """The last step once more and more, each time predicted anew, and with the ego elsewhere."""
        again = []
        for number in range(times):
            call = copy.deepcopy(calls[-1])
            call["answer"]["recurrent_states"] = [
                [one + number + 1 for one in row] for row in calls[-1]["answer"]["recurrent_states"]
            ]
            if ego:
                call["request"]["agent_states"][0][0] += number
            again.append(call)
        return [*calls, *again]

    def found(calls: list[Json]) -> list[str]:
        views = views_of(calls, [0] if ego else [])
        return [one.message for one in findings_of(*views, ALL) if one.code == 282]

    assert found(still(6, mistakes.run(steps=1, info=False))) == [
        "the last 7 calls of simulation 1, #2 to #8, all request step 1 with the same states"
    ]
    assert not found(still(6, mistakes.run(steps=9, info=False)))


@pytest.mark.parametrize(
    ("seeds", "drawn"), [([0, 1, 2, 3, 100, 100], False), ([7, 3, 9, 1, 8, 2], True)]
)
def test_seeds_that_are_counted_with_one_jump_are_not_drawn(seeds: list[int], drawn: bool) -> None:
    calls = mistakes.run(lambda step, request: request.update(random_seed=seeds[step]), steps=5)
    assert (279 in {one.code for one in findings_of(*views_of(calls), ALL)}) == drawn


def test_two_seeds_that_were_each_sent_for_a_while_are_two_findings() -> None:
    calls = mistakes.run(
        lambda step, request: request.update(random_seed=7 if step <= 6 else 8), steps=12
    )
    found = run_checks(*views_of(calls), [by_code(277)]).located
    assert [(one.finding.step, one.finding.last_step, one.finding.message) for one in found] == [
        (1, 6, "drive has the same random_seed, 7, at all these steps"),
        (7, 12, "drive has the same random_seed, 8, at all these steps"),
    ]


def test_futures_of_one_step_with_equal_states_are_no_strangers() -> None:
    """Two branches, asked for in turn; their agents are where they are in the other, but remember otherwise."""
    service = mistakes.Service()
    calls = mistakes.run(steps=0)
    held = calls[1]["answer"]

    def drive(before: Json, seed: int) -> Json:
        names = ("agent_states", "recurrent_states", "light_recurrent_states")
        request = {name: before[name] for name in names} | {
            "random_seed": seed,
            "location": mistakes.LOCATION,
        }
        request |= {"agent_properties": held["agent_properties"], "traffic_lights_states": None}
        calls.append({"endpoint": "drive", "request": request, "answer": service.drive(request)})
        return copy.deepcopy(calls[-1]["answer"])

    one, other = drive(held, 1), drive(held, 2)
    for seed in range(3, 9, 2):
        one, other = drive(one, seed), drive(other, seed + 1)
    assert told(calls) == []


# --- Odd input, identity, memory.

ODD: list[Any] = [
    None,
    "NaN",
    "x",
    [],
    {},
    [[]],
    [None],
    -1,
    1e400,
    True,
    [["NaN"] * 4],
    10**400,
    [{}],
    {"a": {}},
    [[1, 2]],
]


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_no_check_is_upset_by_anything(seed: int, count: int) -> None:
    draw = random.Random(seed)
    calls = mistakes.run(steps=4)
    run, views = views_of(calls)
    for _ in range(count):
        view = draw.choice(views)
        body: Any = draw.choice((view.request, view.answer))
        key = draw.choice(sorted(body))
        while isinstance(body[key], list) and body[key] and draw.random() < 0.7:
            body, key = body[key], draw.randrange(len(body[key]))
        body[key] = copy.deepcopy(draw.choice(ODD))
    list(findings_of(run, views, ALL))


@given(st.integers(0, 2**32))
def test_agents_in_any_order_with_any_left_out_are_known_again(seed: int) -> None:
    """Consistent lists are no error, whatever their order."""
    draw = random.Random(seed)

    def edit(step: int, request: dict[str, Any]) -> None:
        if step:
            kept = draw.sample(
                range(len(request["agent_states"])), draw.randint(2, len(request["agent_states"]))
            )
            for name in ("agent_states", "recurrent_states", "agent_properties"):
                request[name] = [request[name][agent] for agent in kept]

    properties = [mistakes.car(length=4.0 + index / 10) for index in range(8)]
    found = list(findings_of(*views_of(mistakes.run(edit, properties=properties, steps=3)), ALL))
    assert {one.code for one in found} <= {100, 207}


def test_egos_are_exempt_from_equality_but_not_from_jumps() -> None:
    def edit(step: int, request: dict[str, Any]) -> None:
        if step == 2:
            request["agent_states"][1][1] += 14.0
            request["recurrent_states"][1] = [0.0] * mistakes.NUMBERS
            request["agent_properties"][1]["length"] = 5.5

    calls = mistakes.run(edit)
    assert [one.code for one in findings_of(*views_of(calls, [1]), ALL)] == [225]


@pytest.mark.parametrize("digits", [1, 0])
def test_states_that_are_rounded_are_told_so(digits: int) -> None:
    def edit(step: int, request: Json) -> None:
        if step:
            rows = request["agent_states"]
            request["agent_states"] = [
                [round(x, digits), round(y, digits), *rest] for x, y, *rest in rows
            ]

    def answered(step: int, answer: Json) -> None:
        answer["agent_states"] = [
            [x + 0.234, y - 0.345, *rest] for x, y, *rest in answer["agent_states"]
        ]

    calls = mistakes.run(edit, steps=6, answered=answered)
    found = list(findings_of(*views_of(calls), [by_code(11)]))
    to = "1 digit after the point" if digits else "whole numbers"
    assert [one.step for one in found] == [1, 2, 3, 4, 5, 6]
    assert {one.message for one in found} == {
        f"the client rounded the states of agents 0, 1 and 2 to {to}"
    }


def test_sizes_that_an_ego_and_another_agent_exchanged_are_no_changes() -> None:
    def edit(step: int, request: Json) -> None:
        if step == 3:
            mistakes.swap(request["agent_properties"], 0, 2)

    (one,) = findings_of(*views_of(mistakes.run(edit), [0]), [by_code(51), by_code(52)])
    assert (one.code, one.step, one.agents) == (52, 3, (0, 2))


def test_lists_out_of_step_after_one_left_are_told_so() -> None:
    """Agent 1 is taken out of the states, and agent 2 out of the properties: agent 2, now 1, has the sizes of 1."""

    def edit(step: int, request: Json) -> None:
        if step == 3:
            del (
                request["agent_states"][1],
                request["recurrent_states"][1],
                request["agent_properties"][2],
            )

    found = [
        one
        for one in findings_of(*views_of(mistakes.run(edit, steps=3)), ALL)
        if one.code in {51, 52}
    ]
    assert [(one.code, one.agents) for one in found] == [(52, (1,))]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"length": 1.9, "width": 4.5}, "this looks like length and width exchanged"),
        ({"length": 2.3, "width": 0.9}, "this looks like half sizes"),
        ({"length": 12.0, "width": 0.9}, "3 to 7 m are expected of a car"),
    ],
)
def test_an_ego_that_changes_its_sizes_must_stay_a_car(sizes: dict[str, float], said: str) -> None:
    def edit(step: int, request: Json) -> None:
        if step >= 3:
            first, *others = request["agent_properties"]
            request["agent_properties"] = [{**first, **sizes}, *others]

    (one,) = findings_of(*views_of(mistakes.run(edit), [0]), [by_code(50), by_code(51)])
    assert (one.code, one.step, one.agents) == (50, 3, (0,))
    assert one.message.endswith(said)


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ([3.0, 4.0, 0.0, 0.0], 5.0, "by up to 5 m"),
        ([0.0, 0.0, 0.5, 0.0], None, "by up to 0.5 rad of heading"),
        (
            [0.0, 0.0, 6.783185307179586, -2.0],
            None,
            "by up to 0.5 rad of heading and 2 m/s",
        ),  # 2 pi more
        ([0.3, 0.0, 0.0, 1.0], 0.3, "by up to 0.3 m and 1 m/s"),
    ],
)
def test_a_state_that_was_changed_is_told_with_what_was_changed_and_by_how_much(
    change: list[float], value: float | None, said: str
) -> None:
    def edit(step: int, request: dict[str, Any]) -> None:
        if step == 2:
            changed = zip(request["agent_states"][1], change, strict=True)
            request["agent_states"][1] = [number + more for number, more in changed]

    (found,) = findings_of(*views_of(mistakes.run(edit)), [by_code(11)])
    assert (found.step, found.agents) == (2, (1,))
    assert found.value == (value if value is None else pytest.approx(value))
    assert found.message.endswith(said)


def test_of_states_that_are_changed_step_after_step_the_largest_of_each_amount_is_told() -> None:
    changes = {1: (0.3, 0.0, 1.0), 2: (0.1, 2.0, 0.0), 3: (0.1, 0.0, 40.0), 4: (0.1, 0.0, 0.0)}

    def edit(step: int, request: dict[str, Any]) -> None:
        if step in changes:
            (x, y, heading, speed), *others = request["agent_states"]
            moved, turned, faster = changes[step]
            request["agent_states"] = [[x + moved, y, heading + turned, speed + faster], *others]

    (one,) = run_checks(*views_of(mistakes.run(edit)), [by_code(11)]).located
    assert (one.finding.step, one.finding.last_step, one.finding.value) == (
        1,
        4,
        pytest.approx(0.3),
    )
    assert (
        one.finding.message
        == "the client changed the state of agent 0, by up to 0.3 m, 2 rad of heading and 40 m/s"
    )


def test_each_agent_is_outside_since_it_left() -> None:
    """Agent 0 since step 3, agent 1 since step 8; agent 2 came back in between."""

    def answered(step: int, answer: dict[str, Any]) -> None:
        answer["is_inside_supported_area"] = [step < 3, step < 8, step < 3 or step % 8 == 0]

    found = run_checks(*views_of(mistakes.run(answered=answered, steps=20)), [by_code(226)]).located
    shown = [
        (one.finding.step, one.finding.last_step, one.finding.agents, one.finding.value)
        for one in found
    ]
    assert shown == [(3, 20, (0,), 18), (8, 20, (1,), 13)]


def test_no_more_steps_are_remembered_than_said() -> None:
    sent: dict[int, list[float]] = {}

    def edit(step: int, request: dict[str, Any]) -> None:
        if step:
            sent[step] = copy.deepcopy(request["recurrent_states"][0])
        if step == REMEMBERED_STEPS + 10:
            request["recurrent_states"][0] = sent[3]
        if step == REMEMBERED_STEPS + 12:
            request["recurrent_states"][0] = sent[30]

    found = list(findings_of(*views_of(mistakes.run(edit, steps=REMEMBERED_STEPS + 13)), ALL))
    late = {one.step: one.code for one in found}
    assert late == {REMEMBERED_STEPS + 10: 21, REMEMBERED_STEPS + 12: 205}
