"""Debug logs that break off or are damaged: what stands whole is saved, and nothing but ``InputError`` is raised."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs.logs import CPP_LOG, NOON_NS, SECOND_NS

from iai_proxy.errors import InputError
from iai_proxy.logs import DebugLog, LoggedCall, read_debug_log, write_debug_log


def sample() -> bytes:
    stream = io.BytesIO()
    write_debug_log(
        [
            LoggedCall(model, lambda n=number: json.dumps({"n": n, "s": '"\\é'}), lambda n=number: json.dumps([n]),  # type: ignore[misc]
                       NOON_NS + number * SECOND_NS, NOON_NS + (number + 2) * SECOND_NS)
            for number, model in enumerate(["location_info", "initialize", "drive", "drive", "large_drive", "drive"])
        ],
        stream,
    )  # fmt: skip
    return stream.getvalue()


COMPACT = sample()
INDENTED = json.dumps(
    CPP_LOG | {"drive_requests": ['{"ö": "\U0001f697"}']}, indent=4, ensure_ascii=False
).encode()
LOGS = [
    COMPACT,
    INDENTED,
    json.dumps({"drive_requests": [{"a": {"b": [1, 2]}}, {"c": 12}]}).encode(),
]


@pytest.mark.parametrize("data", LOGS)
def test_every_truncation_gives_the_calls_up_to_there_and_a_problem(data: bytes) -> None:
    for length in range(len(data.rstrip())):
        assert_prefix(data[:length], read_debug_log(data, "log.json"))


@settings(deadline=None)
@given(data=st.data(), garbage=st.binary(min_size=1, max_size=20))
def test_garbage_behind_any_truncation_makes_reading_raise_nothing_else(
    data: st.DataObject, garbage: bytes
) -> None:
    log = data.draw(st.sampled_from(LOGS))
    length = data.draw(st.integers(0, len(log)))
    with suppress(InputError):
        assert isinstance(read_debug_log(log[:length] + garbage, "log.json"), DebugLog)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_make_reading_raise_anything_else(data: bytes) -> None:
    with suppress(InputError):
        read_debug_log(b'{"drive_requests": ["' + data, "log.json")
        read_debug_log(data, "log.json")


def test_nesting_without_end_is_a_problem_and_no_crash() -> None:
    log = read_debug_log(b'{"drive_requests": ["1", ' + b"[" * 200_000, "log.json")
    assert [call.request for call in log.calls] == ["1"]
    assert "the text is damaged" in log.problems[0]


def test_the_problem_of_a_truncated_log_says_where_it_ends() -> None:
    at = COMPACT.index(b"drive_requests") + 40
    assert read_debug_log(COMPACT[:at], "log.json").problems[0] == (
        f"the file ends at character {at}, in drive_requests item 1, where the string's end should be; "
        "what stands whole before it was read"
    )


def assert_prefix(data: bytes, whole: DebugLog) -> None:
    try:
        cut = read_debug_log(data, "log.json")
    except InputError:
        assert data == b""
        return
    assert cut.problems
    known = {(call.model, call.position): call for call in whole.calls}
    for call in cut.calls:
        full = known[call.model, call.position]
        for name in ("request", "response", "request_ns", "response_ns"):
            assert getattr(call, name) in (getattr(full, name), None)
    for model in {call.model for call in whole.calls}:
        for side in ("request", "response"):
            positions = [
                call.position
                for call in cut.calls
                if call.model == model and getattr(call, side) is not None
            ]
            assert positions == list(range(len(positions)))
