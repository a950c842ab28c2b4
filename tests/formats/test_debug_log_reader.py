"""Logs of the Python SDK come from its own logger; those of the C++ SDK follow its ``debug_logger.cc``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iai_proxy.errors import InputError
from iai_proxy.formats import DebugLog, LoggedCall, PairedCall, read_debug_log, write_debug_log

SECOND_NS = 10**9
NOON_NS = (19_844 * 86_400 + 12 * 3_600) * SECOND_NS  # 2024-05-01 12:00:00 UTC
CPP_LOG = {
    "drive_request_timestamps": ["2024-05-01_12:00:02:7_UTC"],
    "drive_requests": ['{"agent_states":[]}'],
    "drive_response_timestamps": ["2024-05-01_12:00:02:70_UTC"],
    "drive_responses": ['{"model_version":"a"}'],
    "initialize_request_timestamps": ["2024-05-01_12:00:01:0_UTC"],
    "initialize_requests": ['{"location":"l"}'],
    "initialize_response_timestamps": ["2024-05-01_12:00:01:700_UTC"],
    "initialize_responses": ['{"model_version":"b"}'],
    "location_request_timestamps": ["2024-05-01_12:00:00:0_UTC"],
    "location_requests": ['{"include_map_source":false,"location":"l"}'],
    "location_response_timestamps": ["2024-05-01_12:00:00:999_UTC"],
    "location_responses": ['{"version":"1"}'],
}


def read(log: object) -> DebugLog:
    return read_debug_log(json.dumps(log).encode(), "log.json")


def test_a_log_of_the_python_sdk_is_read(sdk: Any, tmp_path: Path) -> None:
    logger = sdk.DebugLogger(str(tmp_path))
    for model in ("location_info", "initialize", "drive", "drive", "large_drive"):
        logger.append_request(model, {"asked": model, "é": None})
        logger.append_response(model, {"answered": model})
    log = read_debug_log(Path(logger.debug_log_path).read_bytes(), "log.json")
    assert log.problems == ()
    assert [call.model for call in log.calls] == ["location_info", "initialize", "drive", "drive", "large_drive"]
    for call in log.calls:
        assert call.request == json.dumps({"asked": call.model, "é": None})
        assert call.response == json.dumps({"answered": call.model})
        assert call.request_ns is not None
        assert call.response_ns is not None
        assert call.request_ns <= call.response_ns


def test_a_log_of_the_cpp_sdk_is_read() -> None:
    log = read_debug_log(json.dumps(CPP_LOG, indent=4).encode() + b"\n", "log.json")
    assert log.problems == ()
    ms = 10**6
    assert [(c.model, c.request_ns and c.request_ns - NOON_NS, c.response_ns and c.response_ns - NOON_NS) for c in log.calls] == [
        ("location_info", 0, 999 * ms),
        ("initialize", SECOND_NS, SECOND_NS + 700 * ms),
        ("drive", 2 * SECOND_NS + 7 * ms, 2 * SECOND_NS + 70 * ms),
    ]  # fmt: skip
    assert log.calls[0].request == '{"include_map_source":false,"location":"l"}'


def test_empty_lists_of_the_cpp_sdk_are_no_problem() -> None:
    log = read({key: value if key.startswith("drive") else [] for key, value in CPP_LOG.items()})
    assert [call.model for call in log.calls] == ["drive"]
    assert log.problems == ()


def test_a_query_that_the_cpp_sdk_logged_is_read_as_its_parameters() -> None:
    log = read(CPP_LOG | {"location_requests": ["?location=a:b&include_map_source=true&rendering_fov=50"]})
    assert log.calls[0].request == (
        '{"location": "a:b", "include_map_source": true, "rendering_fov": 50, "rendering_center": null}'
    )


def test_an_entry_may_be_the_object_itself() -> None:
    log = read(CPP_LOG | {"drive_requests": [{"a": 1}]})
    assert log.calls[2].request == '{"a": 1}'
    assert log.problems == ()


def test_calls_come_in_the_order_of_their_times_and_those_without_a_time_stay_beside_their_neighbours() -> None:
    times = ["2024-05-01_12:00:00:000000", "never", "2024-05-01_12:00:03:000000"]
    log = read(
        {"drive_requests": ["1", "2", "3"], "drive_responses": ["1", "2", "3"], "drive_request_timestamps": times,
         "drive_response_timestamps": times, "blame_requests": ["4"], "blame_responses": ["4"],
         "blame_request_timestamps": ["2024-05-01_12:00:01:000000"],
         "blame_response_timestamps": ["2024-05-01_12:00:01:000000"]}
    )  # fmt: skip
    assert [(call.model, call.request) for call in log.calls] == [
        ("drive", "1"), ("drive", "2"), ("blame", "4"), ("drive", "3"),
    ]  # fmt: skip
    assert log.problems == (
        "drive timestamp of request 2 is no time: taken as unknown",
        "drive timestamp of response 2 is no time: taken as unknown",
    )


def test_lists_of_unequal_length_are_paired_by_position_and_told() -> None:
    log = read({"drive_requests": ["1", "2"], "drive_responses": ["1"]})
    assert [(call.request, call.response, call.request_ns) for call in log.calls] == [("1", "1", None), ("2", None, None)]
    assert log.problems == (
        "drive has 2 requests and 1 responses: pairs go by position, so those behind a failed call are wrong",
        "drive timestamps of requests 1, 2 are missing: taken as unknown",
        "drive timestamp of response 1 is missing: taken as unknown",
    )


def test_responses_without_requests_are_kept() -> None:
    log = read({"drive_responses": ["1"], "drive_response_timestamps": ["2024-05-01_12:00:00:000000"]})
    assert log.calls == (PairedCall("drive", 0, None, "1", None, NOON_NS),)
    assert log.problems[0].startswith("drive has 0 requests and 1 responses")


def test_entries_that_are_no_json_are_left_out_and_the_others_keep_their_positions() -> None:
    log = read({"drive_requests": ["{", "2", 7, None], "drive_responses": ["1", "2", "3", "nan"]})
    assert [(call.position, call.request, call.response) for call in log.calls] == [
        (0, None, "1"), (1, "2", "2"), (2, None, "3"),
    ]  # fmt: skip
    assert log.problems[:2] == ("drive requests 1, 3, 4 are no JSON: left out", "drive response 4 is no JSON: left out")


def test_nan_as_the_sdks_writer_puts_it_is_read() -> None:
    assert read({"drive_requests": ["[NaN]"], "drive_responses": ["[Infinity]"]}).calls[0].request == "[NaN]"


def test_keys_that_are_no_list_and_unknown_keys_do_no_harm() -> None:
    log = read(CPP_LOG | {"drive_requests": 5, "version": 2})
    assert log.problems[0] == "drive_requests is no list: it was not read"
    assert len(log.calls) == 3


def test_text_behind_the_end_is_told() -> None:
    log = read_debug_log(json.dumps(CPP_LOG).encode() + b"{}", "log.json")
    assert len(log.calls) == 3
    assert log.problems[0].startswith("there is more text behind the log's end, at character ")


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_debug_log(b"\xef\xbb\xbf" + json.dumps(CPP_LOG).encode(), "log.json") == read(CPP_LOG)


def test_bytes_that_are_no_text_end_the_log_where_they_stand() -> None:
    data = json.dumps(CPP_LOG).encode()
    at = data.index(b"initialize_requests")
    log = read_debug_log(data[:at] + b"\xff" + data[at:], "log.json")
    assert [call.model for call in log.calls] == ["drive"]
    assert log.problems[0] == f"byte {at} is not UTF-8: the log was read up to there"


def test_an_empty_object_is_a_log_without_calls() -> None:
    assert read({}) == DebugLog((), ("the log has no calls",))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"\x1f\x8b\x08", "it begins with '\\x1f', not with '{'"),
        (b"\xff\xfe{", "byte 0 is not UTF-8"),
        (b"[1, 2]", r"it begins with '\[1, 2\]', not with '{'"),
        (b'{"log": {"entries": []}, "version": 1}', r"none of its keys \(log, version\) ends in '_requests'"),
    ],
)
def test_what_is_no_debug_log_is_refused_by_name_place_and_mend(data: bytes, found: str) -> None:
    with pytest.raises(InputError, match=f"^log.json is not a debug log: {found}.*; give the file that IAI_LOGGER_PATH"):
        read_debug_log(data, "log.json")


def sample(non_ascii: str = "é") -> bytes:
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
INDENTED = json.dumps(CPP_LOG | {"drive_requests": ['{"ö": "\U0001f697"}']}, indent=4, ensure_ascii=False).encode()
LOGS = [COMPACT, INDENTED, json.dumps({"drive_requests": [{"a": {"b": [1, 2]}}, {"c": 12}]}).encode()]


@pytest.mark.parametrize("data", LOGS)
def test_every_truncation_gives_the_calls_up_to_there_and_a_problem(data: bytes) -> None:
    for length in range(len(data.rstrip())):
        assert_prefix(data[:length], read_debug_log(data, "log.json"))


@settings(deadline=None)
@given(data=st.data(), garbage=st.binary(min_size=1, max_size=20))
def test_garbage_behind_any_truncation_gives_no_wrong_call(data: st.DataObject, garbage: bytes) -> None:
    log = data.draw(st.sampled_from(LOGS))
    length = data.draw(st.integers(0, len(log)))
    try:
        found = read_debug_log(log[:length] + garbage, "log.json")
    except InputError:
        return
    assert isinstance(found, DebugLog)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_make_reading_raise_anything_else(data: bytes) -> None:
    try:
        read_debug_log(b'{"drive_requests": ["' + data, "log.json")
        read_debug_log(data, "log.json")
    except InputError:
        pass


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
        assert b"_requests" not in data or b'"]' not in data
        return
    assert cut.problems
    known = {(call.model, call.position): call for call in whole.calls}
    for call in cut.calls:
        full = known[call.model, call.position]
        for name in ("request", "response", "request_ns", "response_ns"):
            assert getattr(call, name) in (getattr(full, name), None)
    for model in {call.model for call in whole.calls}:
        for side in ("request", "response"):
            positions = [call.position for call in cut.calls if call.model == model and getattr(call, side) is not None]
            assert positions == list(range(len(positions)))
