"""Logs of the Python SDK come from its own logger; those of the C++ SDK follow its ``debug_logger.cc``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from logs.logs import CPP_LOG, NOON_NS, SECOND_NS

from iai_proxy.errors import InputError
from iai_proxy.logs import DebugLog, PairedCall, read_debug_log


def read(log: object) -> DebugLog:
    return read_debug_log(json.dumps(log).encode(), "log.json")


def test_a_log_of_the_python_sdk_is_read(sdk: Any, tmp_path: Path) -> None:
    logger = sdk.DebugLogger(str(tmp_path))
    for model in ("location_info", "initialize", "drive", "drive", "large_drive"):
        logger.append_request(model, {"asked": model, "é": None})
        logger.append_response(model, {"answered": model})
    log = read_debug_log(Path(logger.debug_log_path).read_bytes(), "log.json")
    assert log.problems == ()
    assert [call.model for call in log.calls] == [
        "location_info",
        "initialize",
        "drive",
        "drive",
        "large_drive",
    ]
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
    assert [(call.model, call.request_ns, call.response_ns) for call in log.calls] == [
        ("location_info", NOON_NS, NOON_NS + 999 * ms),
        ("initialize", NOON_NS + SECOND_NS, NOON_NS + SECOND_NS + 700 * ms),
        ("drive", NOON_NS + 2 * SECOND_NS + 7 * ms, NOON_NS + 2 * SECOND_NS + 70 * ms),
    ]  # fmt: skip
    assert log.calls[0].request == '{"include_map_source":false,"location":"l"}'


def test_empty_lists_of_the_cpp_sdk_are_no_problem() -> None:
    log = read({key: value if key.startswith("drive") else [] for key, value in CPP_LOG.items()})
    assert [call.model for call in log.calls] == ["drive"]
    assert log.problems == ()


def test_a_query_that_the_cpp_sdk_logged_is_read_as_its_parameters() -> None:
    log = read(
        CPP_LOG | {"location_requests": ["?location=a:b&include_map_source=true&rendering_fov=50"]}
    )
    assert log.calls[0].request == (
        '{"location": "a:b", "include_map_source": true, "rendering_fov": 50, "rendering_center": null}'
    )


def test_an_entry_may_be_the_object_itself() -> None:
    log = read(CPP_LOG | {"drive_requests": [{"a": 1}]})
    assert log.calls[2].request == '{"a": 1}'
    assert log.problems == ()


def test_calls_come_in_the_order_of_their_times_and_those_without_a_time_stay_beside_their_neighbours() -> (
    None
):
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
    assert [(call.request, call.response, call.request_ns) for call in log.calls] == [
        ("1", "1", None),
        ("2", None, None),
    ]
    assert log.problems == (
        "drive has 2 requests and 1 responses: pairs go by position, so those behind a failed call are wrong",
        "drive has 2 requests, but 0 timestamps for them",
        "drive has 1 responses, but 0 timestamps for them",
    )


def test_responses_without_requests_are_kept() -> None:
    log = read(
        {"drive_responses": ["1"], "drive_response_timestamps": ["2024-05-01_12:00:00:000000"]}
    )
    assert log.calls == (PairedCall("drive", 0, None, "1", None, NOON_NS),)
    assert log.problems[0].startswith("drive has 0 requests and 1 responses")


def test_entries_that_are_no_json_are_left_out_and_the_others_keep_their_positions() -> None:
    log = read({"drive_requests": ["{", "2", 7, None], "drive_responses": ["1", "2", "3", "nan"]})
    assert [(call.position, call.request, call.response) for call in log.calls] == [
        (0, None, "1"), (1, "2", "2"), (2, None, "3"),
    ]  # fmt: skip
    assert log.problems[:2] == (
        "drive requests 1, 3, 4 are no JSON: left out",
        "drive response 4 is no JSON: left out",
    )


def test_nan_as_the_sdks_writer_puts_it_is_read() -> None:
    assert (
        read({"drive_requests": ["[NaN]"], "drive_responses": ["[Infinity]"]}).calls[0].request
        == "[NaN]"
    )


def test_keys_that_are_no_list_and_unknown_keys_do_no_harm() -> None:
    log = read(CPP_LOG | {"drive_requests": 5, "version": 2})
    assert log.problems[0] == "drive_requests is no list: it was not read"
    assert len(log.calls) == 3


def test_text_behind_the_end_is_told() -> None:
    log = read_debug_log(json.dumps(CPP_LOG).encode() + b"{}", "log.json")
    assert len(log.calls) == 3
    assert log.problems[0].startswith("there is more text behind the log's end, at character ")


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_debug_log(b"\xef\xbb\xbf" + json.dumps(CPP_LOG).encode(), "log.json") == read(
        CPP_LOG
    )


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
        (b"\x1f\x8b\x08", "byte 1 is not UTF-8"),
        (b"PK\3\4", r"it begins with 'PK\\x03\\x04', not with '{'"),
        (b"\xff\xfe{", "byte 0 is not UTF-8"),
        (b"[1, 2]", r"it begins with '\[1, 2\]', not with '{'"),
        (
            b'{"log": {"entries": []}, "version": 1}',
            r"none of its keys \(log, version\) ends in '_requests'",
        ),
    ],
)
def test_what_is_no_debug_log_is_refused_by_name_place_and_mend(data: bytes, found: str) -> None:
    with pytest.raises(
        InputError,
        match=f"^log.json is not a debug log: {found}.*; give the file that IAI_LOGGER_PATH",
    ):
        read_debug_log(data, "log.json")
