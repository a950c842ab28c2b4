"""Recordings and debug logs of both SDKs: the same findings whichever way a run comes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.views import findings_of, views_of  # type: ignore[import-not-found]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iai_proxy.api import Call, Exchange, Request, Response
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.diagnosis.runs import diagnosed, recorded_run
from iai_proxy.recordings import Recording, RecordingWriter

Json = dict[str, Any]
_NS = 1_000_000
_ZERO_NS = 1_700_000_000_000_000_000


def exchanges_of(run: list[Json]) -> list[Exchange]:
    """Its exchanges, 25 ms each, over one connection."""
    clock = _ZERO_NS
    made = []
    for call in run:
        get = call["endpoint"] == "location_info"
        body = b"" if get else json.dumps(call["request"]).encode()
        target = f"/v0/aws/m1/{call['endpoint']}"
        if get:
            target += f"?{urlencode(call['request'])}"
        method = "GET" if get else "POST"
        request = Request(
            method, "https", "api.inverted.ai", 443, target, "HTTP/1.1", (), body, "", clock, clock
        )
        clock += 20 * _NS
        answer = call.get("answer")
        got = json.dumps(answer).encode() if answer is not None else b"busy"
        response = Response(call.get("status", 200), "", "HTTP/1.1", (), got, "", clock, clock)
        made.append(Exchange("flow", "client", request, response, None, clock))
        clock += 5 * _NS
    return made


def write_recording(path: Path, run: list[Json]) -> Path:
    with RecordingWriter(path) as writer:
        for exchange in exchanges_of(run):
            writer.append(lambda exchange=exchange: exchange)
    return path


def log_of(run: list[Json], *, times: bool = True, dumps: Any = json.dumps) -> Json:
    """What the SDK's DebugLogger makes of it."""
    log: Json = {}
    for number, call in enumerate(run):
        model = call["endpoint"]
        log.setdefault(f"{model}_requests", []).append(dumps(call["request"]))
        if call.get("answer") is not None:
            log.setdefault(f"{model}_responses", []).append(dumps(call["answer"]))
        if times:
            stamp = f"2026-01-02_03:04:{number // 10:02d}:{number % 10}0"
            log.setdefault(f"{model}_request_timestamps", []).append(f"{stamp}0000")
            if call.get("answer") is not None:
                log.setdefault(f"{model}_response_timestamps", []).append(f"{stamp}5000")
    return log


def write_log(path: Path, log: Json) -> Path:
    path.write_text(json.dumps(log))
    return path


def told(found: Diagnosis) -> list[tuple[int | None, int, int, int, tuple[int, ...], str]]:
    """The findings, but for those about times, which a log made up by a test has not."""
    assert found.error is None
    return [
        (
            located.simulation,
            located.check.code,
            located.finding.step,
            located.finding.last_step,
            located.finding.agents,
            located.finding.message,
        )
        for located in found.located
        if located.check.code not in {301, 302}
    ]


@pytest.mark.parametrize(
    "check",
    [check for check in ALL if check.code != 302],  # calls that are written down here take no time
    ids=lambda check: f"{check.code}-{check.name}",
)
def test_a_recording_gives_what_its_calls_give_read_whole(check: Any, tmp_path: Path) -> None:
    """What the reader of steps leaves out, such as recurrent states as answered, hides nothing."""
    run, egos = mistakes.MISTAKES[check.code](), mistakes.EGOS.get(check.code, [])
    whole = findings_of(*views_of(run, egos), [check])
    recorded = diagnosed(write_recording(tmp_path / "run.iairec", run), [check], egos)
    told = [located.finding for located in recorded.located]  # steps are folded
    pairs = {
        (step, agent)
        for finding in told
        for step in range(finding.step, finding.last_step + 1)
        for agent in finding.agents
    }
    assert {(finding.step, agent) for finding in whole for agent in finding.agents} <= pairs
    assert told


@pytest.mark.parametrize("check", ALL, ids=lambda check: f"{check.code}-{check.name}")
def test_a_log_gives_what_the_recording_of_the_same_run_gives(check: Any, tmp_path: Path) -> None:
    run = mistakes.MISTAKES[check.code]()
    if any(call["endpoint"] not in {"location_info", "initialize", "drive"} for call in run):
        pytest.skip("the SDK does not log it")
    if any(call.get("answer") is None or call.get("status", 200) != 200 for call in run):
        pytest.skip("the SDK does not log why a call failed")
    egos = mistakes.EGOS.get(check.code, [])
    recorded = diagnosed(write_recording(tmp_path / "run.iairec", run), ALL, egos)
    assert recorded.note is None
    timed = diagnosed(write_log(tmp_path / "log.json", log_of(run)), ALL, egos)
    untimed = diagnosed(write_log(tmp_path / "untimed.json", log_of(run, times=False)), ALL, egos)
    assert told(timed) == told(recorded)
    assert told(untimed) == told(recorded)
    assert (timed.simulations, timed.steps) == (recorded.simulations, recorded.steps)


def test_rounded_recurrent_states_are_one_finding_of_one_simulation(tmp_path: Path) -> None:
    def rounded(request: Json) -> None:
        request["recurrent_states"] = [
            [round(number, 4) for number in row] for row in request["recurrent_states"]
        ]

    run = mistakes.run(mistakes.always(rounded), steps=20)
    for path in (
        write_recording(tmp_path / "run.iairec", run),
        write_log(tmp_path / "log.json", log_of(run)),
    ):
        found = diagnosed(path, ALL)
        assert (found.simulations, found.steps) == (1, 21)
        assert [(code, first, last) for _, code, first, last, _, _ in told(found)] == [(203, 1, 20)]


def test_numbers_written_otherwise_are_the_same_numbers(tmp_path: Path) -> None:
    """The service writes as it likes, and the C++ SDK sends the numbers back in its own way."""
    run = mistakes.run(steps=6)
    log = log_of(run)
    for name in ("initialize_responses", "drive_responses"):
        log[name] = [json.dumps(json.loads(text), separators=(",", ":")) for text in log[name]]
    log["drive_requests"] = [_in_exponents(text) for text in log["drive_requests"]]
    assert log["drive_requests"] != log_of(run)["drive_requests"]
    found = diagnosed(write_log(tmp_path / "log.json", log), ALL)
    assert (told(found), found.simulations, found.steps) == ([], 1, 7)


def _in_exponents(text: str) -> str:
    value = json.loads(text)
    rows = ", ".join(
        "[" + ", ".join(f"{number:.17e}" for number in row) + "]"
        for row in value.pop("recurrent_states")
    )
    return json.dumps(value)[:-1] + f', "recurrent_states": [{rows}]}}'


def test_a_log_of_the_cpp_sdk_is_read(tmp_path: Path) -> None:
    run = mistakes.run(
        mistakes.at(3, lambda request: mistakes.swap(request["agent_states"])), steps=5
    )
    log = log_of(run, dumps=lambda value: json.dumps(value, separators=(",", ":")))
    for side in ("requests", "responses", "request_timestamps", "response_timestamps"):
        log[f"location_{side}"] = log.pop(f"location_info_{side}")
        log[f"light_{side}"] = []
    log["location_requests"] = ["?location=town%3Asquare&include_map_source=false"]
    (tmp_path / "log.json").write_text(json.dumps(log, indent=4, sort_keys=True))
    found = diagnosed(tmp_path / "log.json", ALL)
    expected = diagnosed(write_recording(tmp_path / "run.iairec", run), ALL)
    assert told(found) == told(expected) != []
    assert found.note is None


def test_calls_paired_wrongly_by_position_are_paired_anew(tmp_path: Path) -> None:
    """A call that failed has no response: all that follow stand one place too early."""
    run = mistakes.run(steps=6)
    failed = json.loads(json.dumps(run[3]))
    failed["request"]["random_seed"] = 12345
    failed["answer"] = None
    log = log_of([*run[:3], failed, *run[3:]])
    found = diagnosed(write_log(tmp_path / "log.json", log), ALL)
    assert (told(found), found.simulations, found.steps) == ([], 1, 7)
    assert found.note is not None
    assert "drive has 7 requests and 6 responses" in found.note
    assert 301 in {located.check.code for located in found.located}


# --- Egos.


def overwritten(step: int, request: Json) -> None:
    if step:
        request["agent_states"][1] = [300.0 + 1.5 * step, 40.0, 0.0, 10.0]


@pytest.mark.parametrize("as_log", [True, False])
def test_egos_are_inferred_and_said_so_unless_they_are_named(as_log: bool, tmp_path: Path) -> None:
    run = mistakes.run(overwritten, steps=8)
    path = tmp_path / "run"
    (write_log(path, log_of(run)) if as_log else write_recording(path, run))
    inferred = diagnosed(path, ALL)
    assert (inferred.egos.named, inferred.egos.by_simulation) == (None, {1: {1}})
    assert 11 not in {located.check.code for located in inferred.located}
    named = diagnosed(path, ALL, [1])
    assert (named.egos.named, named.egos.by_simulation) == ({1}, {})
    assert named.located == inferred.located
    no_one = diagnosed(path, ALL, [])
    assert (no_one.egos.named, no_one.egos.by_simulation) == (set(), {})
    assert 11 in {located.check.code for located in no_one.located}


# --- What can't be read.


def test_of_a_log_cut_off_anywhere_what_is_whole_is_diagnosed(tmp_path: Path) -> None:
    run = mistakes.run(steps=4)
    whole = json.dumps(log_of(run))
    path = tmp_path / "cut.json"
    steps = 0
    for end in range(1, len(whole), 97):
        path.write_text(whole[:end])
        found = diagnosed(path, ALL)
        sentence = found.error or found.note or ""
        assert "the log ends at byte" in sentence or "not a debug log" in sentence, end
        steps = max(steps, found.steps)
    assert steps == 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"   ", "is not a debug log"),
        (b"[1, 2]", "is not a debug log: it begins with '[1, 2]', not with '{'"),
        (b"{}", "none of its keys ends in '_requests'"),
        (b'{"foo": []}', "none of its keys ends in '_requests'"),
        (b"\xff\xfe\x00", "is not a debug log"),
        (b"SQLite format 3\x00 and then nothing", "not a recording"),
    ],
)
def test_what_is_no_log_is_refused_in_a_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(content)
    found = diagnosed(path, ALL)
    assert found.error is not None
    assert sentence in found.error
    assert str(path) in found.error
    assert found.located == ()


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.iairec"):
        found = diagnosed(path, ALL)
        assert found.error is not None
        assert str(path) in found.error


def spoilt(change: Any) -> Json:
    log = log_of(mistakes.run(steps=4))
    change(log)
    return log


def torn(log: Json, name: str, at: int, by: str) -> None:
    """Spoil a body inside its recurrent states: what stands around them is whole."""
    log[name][at] = log[name][at].replace('"recurrent_states": [[', f'"recurrent_states": [[{by}')


def cut(log: Json, name: str, at: int) -> None:
    """Leave half of a body."""
    log[name][at] = log[name][at][: len(log[name][at]) // 2]


@pytest.mark.parametrize(
    ("change", "sentence", "steps"),
    [
        (lambda log: torn(log, "drive_requests", 2, "nul, "), "drive request 3 is no JSON", 4),
        (lambda log: torn(log, "drive_responses", 1, "\u00e9 1"), "drive response 2 is no JSON", 4),
        (
            lambda log: torn(log, "initialize_responses", 0, "0.5.5, "),
            "initialize response 1 is no JSON",
            4,
        ),
        (
            lambda log: log["drive_requests"].__setitem__(2, "not json"),
            "drive request 3 is no JSON",
            4,
        ),
        (lambda log: log["drive_responses"].__setitem__(2, 7), "drive response 3 is no JSON", 4),
        (lambda log: log["drive_responses"].pop(), "drive has 4 requests and 3 responses", 4),
        (lambda log: log.pop("drive_responses"), "drive has 4 requests and 0 responses", 1),
        (lambda log: log.pop("drive_requests"), "drive has 0 requests and 4 responses", 1),
        (
            lambda log: log["location_info_responses"].__setitem__(0, "x"),
            "location_info response 1 is no JSON",
            5,
        ),
        (
            lambda log: log["drive_responses"].__setitem__(3, "{}"),
            "drive response 4 has no agent_states",
            4,
        ),
    ],
)
def test_what_can_be_read_beside_a_fault_is_diagnosed(
    change: Any, sentence: str, steps: int, tmp_path: Path
) -> None:
    found = diagnosed(write_log(tmp_path / "log.json", spoilt(change)), ALL)
    assert found.error is None
    assert found.note is not None
    assert sentence in found.note
    assert found.steps == steps


@pytest.mark.parametrize("times", [True, False])
@pytest.mark.parametrize(
    ("lose", "codes"),
    [
        (lambda log: log["drive_responses"].pop(3), {271, 301}),
        (lambda log: torn(log, "drive_responses", 3, "x"), {271, 301}),
        (lambda log: torn(log, "drive_requests", 3, "x"), {271}),
        (lambda log: cut(log, "drive_requests", 3), {271}),
        (lambda log: [log[name].pop(3) for name in log if name.startswith("drive_request")], {271}),
    ],
    ids=["no answer", "torn answer", "torn request", "half a request", "no request"],
)
def test_what_a_log_lacks_is_not_the_clients_doing(
    lose: Any, codes: set[int], times: bool, tmp_path: Path
) -> None:
    """Of eight drives the fourth is lost: what the fifth continues is unknown, but it is step 5."""
    log = log_of(mistakes.run(steps=8, agents=5), times=times)
    lose(log)
    found = diagnosed(write_log(tmp_path / "log.json", log), ALL)
    assert {located.check.code for located in found.located} == codes
    assert [located.finding.step for located in found.located if located.check.code == 271] == [5]
    assert {located.simulation for located in found.located} <= {1, None}


@pytest.mark.parametrize("at", [0, 7])
def test_half_a_body_takes_no_other_with_it(at: int, tmp_path: Path) -> None:
    """A body that breaks off inside its string has no last brace to be found by."""
    log = log_of(mistakes.run(steps=8, agents=5))
    cut(log, "drive_requests", at)
    found = diagnosed(write_log(tmp_path / "log.json", log), ALL)
    assert found.note == f"drive request {at + 1} is no JSON: left out"
    assert {located.check.code for located in found.located} <= {271}
    assert found.steps == 8


def test_answers_of_initialize_that_came_in_another_order_go_to_those_who_asked(
    tmp_path: Path,
) -> None:
    """Three threads begin at once, with 7, 6 and 5 agents, and are answered in the other order."""
    runs = [mistakes.run(steps=4, agents=count, info=False) for count in (7, 6, 5)]
    for number, calls in enumerate(runs):
        for body in (call[side] for call in calls for side in ("request", "answer")):
            body["recurrent_states"] = [
                [row[0] + 100.0 * number, *row[1:]] for row in body.get("recurrent_states") or ()
            ]
    log = log_of([calls[0] for calls in runs] + [call for calls in runs for call in calls[1:]])
    log["initialize_responses"].reverse()
    log["initialize_request_timestamps"] = [
        f"2026-01-02_03:03:00:00{number}000" for number in range(3)
    ]
    log["initialize_response_timestamps"] = [
        f"2026-01-02_03:03:01:00{number}000" for number in range(3)
    ]
    assert told(diagnosed(write_log(tmp_path / "log.json", log), ALL)) == []


def test_text_behind_a_log_is_named(tmp_path: Path) -> None:
    path = write_log(tmp_path / "log.json", log_of(mistakes.run(steps=3)))
    path.write_text(path.read_text() * 2)
    assert "in the text behind it, where nothing more should be" in (
        diagnosed(path, ALL).note or ""
    )


def test_a_fault_of_ours_with_one_file_is_told_of_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_recording(tmp_path / "run.iairec", mistakes.run(steps=2))
    monkeypatch.setattr("iai_proxy.diagnosis.runs.restored_steps", lambda *_, **__: 1 / 0)
    assert diagnosed(path, ALL).error == (
        f"{path}: the diagnosis could not go on (ZeroDivisionError('division by zero')): "
        "please report it"
    )


def test_calls_that_come_while_a_recording_is_read_are_left_for_the_next_time(
    tmp_path: Path,
) -> None:
    path = write_recording(tmp_path / "run.iairec", mistakes.run(steps=4))

    class Earlier(Recording):
        """Had four calls when these were listed."""

        def calls(self, **given: Any) -> Iterator[Call]:
            return islice(super().calls(**given), 4)

    with Earlier(path) as recording:
        assert [view.index for view in recorded_run(recording).steps] == [0, 1, 2]


def test_a_name_that_is_too_long_is_refused_in_a_sentence(tmp_path: Path) -> None:
    found = diagnosed(tmp_path / ("a" * 300), ALL)
    assert "can't be read (File name too long)" in (found.error or "")


def test_of_a_call_that_was_refused_the_request_says_why(tmp_path: Path) -> None:
    run = mistakes.run(steps=2)
    bad = json.loads(json.dumps(run[-1]))
    del bad["request"]["agent_states"][1]
    told = {
        "detail": [
            {"loc": ["body", "agent_properties"], "msg": "one too many"},
            {"loc": ["body"], "msg": "no"},
        ]
    }
    found = diagnosed(
        write_recording(tmp_path / "r.iairec", [*run, {**bad, "answer": told, "status": 422}]), ALL
    )
    said = {
        located.check.code: (located.simulation, located.finding.message)
        for located in found.located
    }
    assert said[281] == (
        None,
        "call #5 of drive, which failed: recurrent_states has 3 entries for 2 agents",
    )
    assert said[301][1] == (
        "1 call of drive failed with status 422: "
        "#5 (agent_properties: one too many; no); 20 ms lost"
    )
    log = diagnosed(write_log(tmp_path / "log.json", log_of([*run, {**bad, "answer": None}])), ALL)
    assert 281 in {located.check.code for located in log.located}


@pytest.mark.parametrize("left", [0.0, 0.3, 0.9])
def test_a_log_that_is_written_meanwhile_ends_in_a_sentence(left: float, tmp_path: Path) -> None:
    """The SDK writes all of a log anew at each call."""
    path = write_log(tmp_path / "log.json", log_of(mistakes.run(steps=12, agents=5)))
    text = path.read_text()

    def tell(done: int, _: int) -> None:
        if done == 2:
            path.write_text(text[: int(left * len(text))].replace("1", "[", 1 + int(9 * left)))

    found = diagnosed(path, ALL, tell=tell)
    assert "was being written while it was read" in (found.error or found.note or "")


@pytest.mark.parametrize("as_log", [True, False])
@pytest.mark.parametrize(
    ("side", "key", "code", "step"),
    [
        ("request", "agent_states", 227, 2),
        ("answer", "agent_states", 227, 2),
        ("request", "recurrent_states", 227, 2),
        ("answer", "recurrent_states", 21, 3),  # and another one is sent back
    ],
)
def test_a_number_beyond_all_doubles_is_not_a_number(
    side: str, key: str, code: int, step: int, as_log: bool, tmp_path: Path
) -> None:
    run = mistakes.run(steps=3)
    run[3][side][key][1][2] = 10**400
    path = tmp_path / "run"
    (write_log(path, log_of(run)) if as_log else write_recording(path, run))
    found = diagnosed(path, ALL)
    assert (found.error, found.note) == (None, None)
    assert step in {located.finding.step for located in found.located if located.check.code == code}
    assert found.steps == 4


ODD: list[Any] = [
    None,
    "x",
    "[",
    "{}",
    "[]",
    '"{}"',
    "null",
    7,
    {},
    [],
    "NaN",
    '{"agent_states": 7}',
    "\ud800",
]


def spoilt_inside(draw: random.Random, text: Any) -> Any:
    """The body with one value, as deep inside as it may be, that is odd."""
    try:
        body = value = json.loads(text)
    except (TypeError, ValueError):
        return text
    while isinstance(value, dict | list) and value:
        key = draw.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if draw.random() < 0.3 or not isinstance(value[key], dict | list):
            value[key] = draw.choice(
                [*ODD, 10**400, -(10**30), float("inf"), float("nan"), True, [[]], [None]]
            )
            break
        value = value[key]
    return json.dumps(body)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.sampled_from('x,.[]{}"\\5e- '))
def test_a_character_that_is_another_breaks_nothing_down(
    tmp_path: Path, seed: int, character: str
) -> None:
    draw = random.Random(seed)
    text = json.dumps(log_of(mistakes.run(steps=3)))
    at = draw.randrange(len(text))
    (tmp_path / "log.json").write_text(text[:at] + character + text[at + 1 :])
    found = diagnosed(tmp_path / "log.json", ALL)
    assert "failed at" not in (found.note or "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_whatever_a_log_holds_nothing_breaks_down(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    log = log_of(mistakes.run(steps=3), times=draw.random() < 0.5)
    for _ in range(draw.randint(1, 4)):
        key = draw.choice(sorted(log))
        if draw.random() < 0.2:
            log[key] = draw.choice(ODD)
        elif isinstance(log[key], list) and log[key]:
            at = draw.randrange(len(log[key]))
            log[key][at] = draw.choice([*ODD, spoilt_inside(draw, log[key][at])])
    found = diagnosed(write_log(tmp_path / "log.json", log), ALL)
    assert "failed at" not in (found.note or "")


def test_too_little_memory_is_no_fault_to_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short_of_memory(*_: object) -> None:
        raise MemoryError

    path = write_recording(tmp_path / "run.iairec", mistakes.run(steps=1))
    monkeypatch.setattr(ALL[0], "step", short_of_memory)
    found = diagnosed(path, ALL[:1])
    said = f"{path}: the diagnosis could not go on: there is not enough memory for it"
    assert found.error == found.unchecked == said
