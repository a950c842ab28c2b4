"""All checks together: silent on sound runs, unharmed by odd input, in line with the SDK."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.sdk_logs import printed_by_tool
from diagnosis.views import findings_of, reported, views_of
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.diagnosis.registry import ALL

Json = dict[str, Any]


@pytest.mark.parametrize("lights", [True, False])
def test_a_sound_run_has_no_findings(lights: bool) -> None:
    assert list(findings_of(*views_of(mistakes.run(steps=30, lights=lights)), ALL)) == []


@pytest.mark.parametrize("code", [10, 11, 20, 21, 50, 51, 52, 101])
def test_the_sdks_tool_agrees_where_it_is_right(code: int, tmp_path: Path) -> None:
    logs = pytest.importorskip("invertedai")
    calls = mistakes.MISTAKES[code]()
    log = {
        f"{endpoint}_{side}": [
            json.dumps(call[body]) for call in calls if call["endpoint"] == endpoint
        ]
        for endpoint in ("initialize", "drive")
        for side, body in (("requests", "request"), ("responses", "answer"))
    }
    (tmp_path / "log.json").write_text(json.dumps(log))
    printed = printed_by_tool(logs.DiagnosticTool, tmp_path / "log.json", None)
    assert isinstance(printed, str)
    theirs = {int(found) for found in re.findall(r"Issue code (\d+)", printed)}
    assert {
        finding.code for finding in findings_of(*views_of(calls), ALL) if finding.code < 200
    } == theirs


def test_futures_of_one_step_with_equal_states_are_kept_apart() -> None:
    """Two branches in turn: agents are at the same places in both, with other recurrent states."""
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

    first, second = drive(held, 1), drive(held, 2)
    for seed in range(3, 9, 2):
        first, second = drive(first, seed), drive(second, seed + 1)
    assert reported(calls) == []


@given(st.integers(0, 2**32))
def test_agents_in_any_order_with_any_left_out_are_recognised(seed: int) -> None:
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
    assert {finding.code for finding in found} <= {100, 207}


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
def test_no_check_fails_on_odd_input(seed: int, count: int) -> None:
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
