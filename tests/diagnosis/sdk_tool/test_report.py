"""The report equals what the SDK's own tool prints, on logs that are spoilt at random.

Where that one crashes, ours says why, or what is wrong.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from diagnosis.sdk_logs import Log, printed_by_tool, spoilt_log, to_text
from hypothesis import given, settings
from hypothesis import strategies as st

from iai_proxy.diagnosis.sdk_tool import sdk_report
from iai_proxy.diagnosis.sdk_tool.inputs import log_sdk_report, recording_sdk_report
from iai_proxy.errors import InputError
from iai_proxy.logs.export_debug_log import export_debug_log
from iai_proxy.logs.importing import import_debug_log
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox

#: A long run: SDK_REPORT_EXAMPLES=5000 pytest -s tests/diagnosis/sdk_tool/test_report.py -k spoilt
EXAMPLES = int(os.environ.get("SDK_REPORT_EXAMPLES", "200"))
SEEDS = st.integers(0, 2**64)
EGOS = st.none() | st.lists(st.integers(-1, 6), max_size=3)

FRAME = """\
===========================================================================================
Printing potential implementation issues that might cause performance degradation:

{}
===========================================================================================
Diagnostic Issue Legend:

10:Agent state index change
11:Agent state modified or removed before next request
20:Recurrent state index change
21:Recurrent state modified or removed before next request
50:Static agent properties/attributes deviation from expected range
51:Static agent properties/attributes modified or removed between time steps
52:Static agent properties/attributes index change
100:Agents removed before next request
101:Agents added before next request

===========================================================================================

Finished diagnostic analysis.
"""


@pytest.fixture(scope="session")
def tool() -> Iterator[Any]:
    """The SDK's own, imported with nothing set that would make it call the API or write a log."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IAI_")]:
            patch.delenv(name)
        patch.setenv("MPLBACKEND", "Agg")
        yield pytest.importorskip("invertedai").DiagnosticTool


def text_of(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def texts(log: Log) -> dict[str, list[Callable[[], bytes]]]:
    return {
        name: [lambda item=item: json.dumps(item).encode() for item in items]
        for name, items in log.items()
    }


def said(log: Log, *egos: int) -> list[str]:
    """What is reported about the steps of a log."""
    return [
        line.removeprefix("At timestep ")
        for line in sdk_report(texts(log), egos)
        if line.startswith("At ")
    ]


# --- against the tool


def compare(tool: Any, path: Path, log: Log, draw: random.Random, egos: list[int] | None) -> str:
    """Compare the two, and return how the tool ended."""
    path.write_text(to_text(log, draw), encoding="utf-8")
    printed = printed_by_tool(tool, path, egos)
    if isinstance(printed, str):
        assert text_of(log_sdk_report(path, egos or ())) == printed
        return "found something" if "Issue code" in printed else "found nothing"
    try:
        lines = text_of(log_sdk_report(path, egos or ()))
    except InputError:
        return "crashed, ours refused"
    head, tail = FRAME.split("{}")
    assert lines.startswith(head)
    assert lines.endswith(tail)
    return "crashed, ours reported"


def test_spoilt_logs_are_reported_on_as_the_tool_does(tool: Any, path: Path) -> None:
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, database=None)
    @given(SEEDS, EGOS)
    def run(seed: int, egos: list[int] | None) -> None:
        draw = random.Random(seed)
        outcome = compare(tool, path, spoilt_log(draw), draw, egos)
        outcomes[outcome] += 1
        if "crashed" not in outcome:
            lines = log_sdk_report(path, egos or ())
            codes.update(
                {
                    line.split("code ")[1].split()[0].strip(".")
                    for line in lines
                    if "Issue code" in line
                }
            )

    run()
    print(f"\n{sum(outcomes.values())} logs: {dict(outcomes)}; logs with each code: {dict(codes)}")
    assert set(codes) >= {"10", "11", "20", "21", "50", "51", "52", "101"}
    assert outcomes["found something"] > EXAMPLES / 2
    assert outcomes["found nothing"]


@settings(max_examples=EXAMPLES)
@given(SEEDS, EGOS)
def test_logs_that_break_the_tool_are_refused_or_reported(
    tool: Any, path: Path, seed: int, egos: list[int] | None
) -> None:
    draw = random.Random(seed)
    compare(tool, path, spoilt_log(draw, broken=True), draw, egos)


REAL_RUN = """
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:drake_street_and_pacific_blvd"
agents = [AgentProperties() for _ in range(9)]
response = iai.initialize(location, agent_properties=agents, random_seed=5)
properties = list(response.agent_properties)
for step in range(12):
    states, recurrent = list(response.agent_states), list(response.recurrent_states)
    if step > 2 and step != 4:
        states[0].center.x += 1.5  # an ego
    if step == 4:
        states[1], states[2] = states[2], states[1]
        recurrent[1], recurrent[2] = recurrent[2], recurrent[1]
    if step == 5:
        recurrent[3] = recurrent[4]
    if step == 6:
        del states[5], recurrent[5], properties[5]
    if step == 8:
        properties[1].length += 0.1
    if step == 10:
        recurrent = None
    response = iai.{call}(location, agent_states=states, agent_properties=properties,
        recurrent_states=recurrent, random_seed=step{more})
"""


@pytest.mark.parametrize("call", ["drive", "large_drive"])
def test_a_real_log_and_its_recording_are_reported_on_as_the_tool_does(
    tool: Any, tmp_path: Path, sandbox: Sandbox, call: str
) -> None:
    more = ", single_call_agent_limit=4, async_api_calls=False" if call == "large_drive" else ""
    program = REAL_RUN.format(call=call, more=more)
    environment = {
        "IAI_DEV": "1",
        "IAI_DEV_URL": sandbox.url,
        "IAI_API_KEY": "key",
        "IAI_LOGGER_PATH": str(tmp_path),
    }
    subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment, "MPLBACKEND": "Agg", "NO_PROXY": "*"},
        check=True,
        timeout=60,
    )
    (log,) = tmp_path.glob("iai_log_*.json")
    for egos in ([], [0]):
        printed = printed_by_tool(tool, log, egos)
        assert isinstance(printed, str)
        for code in (10, 11, 20, 21, 51):
            assert f"Issue code {code} " in printed
        assert text_of(log_sdk_report(log, egos)) == printed

    import_debug_log(log, tmp_path / "run.iairec")
    with Recording(tmp_path / "run.iairec") as recording:
        lineage = recording.lineage()
        for simulation in (None, *lineage.simulations):
            exported = tmp_path / "exported.json"
            export_debug_log(recording, lineage, exported, simulation=simulation)
            ours = text_of(recording_sdk_report(recording, lineage, [0], simulation=simulation))
            assert ours == printed_by_tool(tool, exported, [0])


# --- by hand


def test_a_log_without_faults_has_no_issue(log: Log) -> None:
    steps = "".join(f"At timestep {step}: No issues detected.\n" for step in range(3))
    assert text_of(sdk_report(texts(log))) == FRAME.format(steps)


def test_no_steps_give_the_frame_alone(log: Log) -> None:
    assert text_of(
        sdk_report(texts(log | {"drive_requests": [], "drive_responses": []}))
    ) == FRAME.format("")


def test_what_is_moved_less_than_rounding_shows_is_unmodified(log: Log) -> None:
    log["drive_responses"][0]["agent_states"][1][0] = 31.201
    log["drive_requests"][1]["agent_states"][1][0] = 31.2049
    assert said(log) == [
        "0: No issues detected.",
        "1: No issues detected.",
        "2: No issues detected.",
    ]
    log["drive_requests"][1]["agent_states"][1][0] = 31.2051
    assert said(log)[1] == "1: Issue code 11 applicable to agent IDs [1]."


def test_egos_may_be_modified_by_index_but_not_lose_all_recurrent_states(log: Log) -> None:
    log["drive_requests"][1]["agent_states"][1][0] += 1
    log["drive_requests"][1]["recurrent_states"][1][0] += 1
    log["drive_requests"][2]["recurrent_states"] = None
    assert said(log, 1)[1:] == [
        "1: No issues detected.",
        "2: Issue code 21 applicable to agent IDs [0, 1, 2].",
    ]


def test_two_equal_agents_are_always_reported_as_reordered(log: Log) -> None:
    for body in (*log["initialize_responses"], *log["drive_requests"]):
        body["agent_properties"][2] = body["agent_properties"][0]
    assert said(log) == [f"{step}: Issue code 52 applicable to agent IDs [2]." for step in range(3)]


def test_issues_of_a_step_stand_in_the_order_of_the_tools_checks(log: Log) -> None:
    request = log["drive_requests"][1]
    request["agent_states"] = [*request["agent_states"][::-1], [9, 9, 9, 9]]
    request["recurrent_states"].reverse()
    request["agent_properties"][0]["length"] = 6
    assert said(log)[1:-1] == [
        "1: Issue code 10 applicable to agent IDs [0, 2].",
        "1: Issue code 20 applicable to agent IDs [0, 2].",
        "1: Issue code 101.",
        "1: Issue code 51 applicable to agent IDs [0].",
    ]


def test_large_calls_are_preferred_and_only_the_last_initialize_counts(log: Log) -> None:
    first = log["initialize_responses"][0]
    unlikely = json.loads(json.dumps(first))
    unlikely["agent_properties"][1]["length"] = 12
    assert said(log | {"initialize_responses": [unlikely, first]})[0] == "0: No issues detected."
    large = {
        "large_drive_requests": log["drive_requests"][:1],
        "large_drive_responses": log["drive_responses"][:1],
    }
    assert said(log | large | {"large_initialize_responses": [unlikely]}) == [
        "0: Issue code 50 applicable to agent IDs [1].",
        "0: Issue code 51 applicable to agent IDs [1].",
    ]


def test_each_body_is_fetched_once_and_in_the_order_of_steps(log: Log) -> None:
    fetched: list[str] = []

    def fetch(name: str, index: int) -> bytes:
        fetched.append(f"{name} {index}")
        return json.dumps(log[name][index]).encode()

    names = ("initialize_responses", "drive_requests", "drive_responses")
    bodies = {
        name: [partial(fetch, name, index) for index in range(len(log[name]))] for name in names
    }
    list(sdk_report(bodies))
    steps = [f"{name} {index}" for index in range(3) for name in names[1:]]
    assert fetched == ["initialize_responses 0", *steps]


# --- where the tool crashes


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            {"drive_requests": None},
            "there are no drive calls, so no request can be compared with the answer before it",
        ),
        (
            {"drive_responses": None},
            "there are no drive answers, so no request can be compared with the answer before it",
        ),
        (
            {"large_drive_responses": []},
            "there are no large_drive calls, so no request can be compared",
        ),
        (
            {"drive_responses": [{"a": 1}]},
            "the agent_states of drive response 1 are no list of lists of numbers",
        ),
        ({"drive_responses": [3]}, "drive response 1 is no JSON object"),
        ({"initialize_responses": [[]]}, "initialize response 1 is no JSON object"),
        (
            {"initialize_responses": [{"agent_properties": 7}]},
            "the agent_properties or agent_attributes of initialize",
        ),
    ],
)
def test_what_lacks_all_that_is_compared_is_refused(log: Log, broken: Log, message: str) -> None:
    spoilt = {name: items for name, items in {**log, **broken}.items() if items is not None}
    with pytest.raises(InputError, match=message):
        next(sdk_report(texts(spoilt)))


@pytest.mark.parametrize(("key", "row"), [("agent_states", [None]), ("recurrent_states", ["1"])])
def test_states_that_are_no_numbers_are_refused(log: Log, key: str, row: list[Any]) -> None:
    log["drive_requests"][1][key][1] = row
    with pytest.raises(
        InputError, match="drive request 2 or the answer before it has something else than numbers"
    ):
        next(sdk_report(texts(log)))


def test_a_body_that_is_no_json_is_refused(log: Log) -> None:
    with pytest.raises(InputError, match="drive request 1 is no JSON"):
        next(sdk_report({**texts(log), "drive_requests": [lambda: b"{'"]}))


def test_null_recurrent_states_in_a_response_leave_nothing_to_compare(log: Log) -> None:
    log["drive_responses"][0]["recurrent_states"] = None
    log["drive_requests"][1]["recurrent_states"] = None
    assert said(log)[1] == "1: No issues detected."


def test_attributes_beside_null_properties_are_compared_with_properties(log: Log) -> None:
    for request in log["drive_requests"]:
        agents = request["agent_properties"]
        request["agent_attributes"] = [
            [a["length"], a["width"], a["rear_axis_offset"], a["agent_type"]] for a in agents
        ]
        request["agent_properties"] = None
    log["drive_requests"][2]["agent_attributes"][1][0] += 1
    assert [line.partition(":")[2] for line in said(log)] == [
        " No issues detected.",
        " No issues detected.",
        " Issue code 51 applicable to agent IDs [1].",
    ]


def test_a_car_of_unknown_size_is_no_likely_car(log: Log) -> None:
    for body in (*log["initialize_responses"], *log["drive_requests"]):
        del body["agent_properties"][2]["rear_axis_offset"], body["agent_properties"][2]["waypoint"]
    assert said(log)[0] == "0: Issue code 50 applicable to agent IDs [2]."


def test_the_rows_of_two_steps_are_the_same_text_and_yet_nan_equals_nothing(log: Log) -> None:
    for body in (log["drive_responses"][0], log["drive_requests"][1]):
        body["recurrent_states"][2][7] = float("nan")
    assert said(log)[1] == "1: Issue code 21 applicable to agent IDs [2]."


def test_a_number_beyond_64_bits_equals_itself_beside_a_nan(
    tool: Any, log: Log, path: Path
) -> None:
    """One of the two bodies is no strict JSON, and is read by another parser."""
    for body in (log["drive_responses"][0], log["drive_requests"][1]):
        body["agent_states"][2][3] = 10**30
    log["drive_responses"][0]["agent_states"][1][2] = float("nan")
    compare(tool, path, log, random.Random(0), None)
    assert "1: Issue code 11 applicable to agent IDs [1]." in said(log)
