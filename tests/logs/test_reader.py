"""Logs of the Python SDK come from its logger; those of the C++ SDK follow its source."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs.logs import CPP_LOG, NOON_NS, SECOND_NS

from iai_proxy.errors import InputError
from iai_proxy.logs.debug_log_writer import LoggedCall, write_debug_log
from iai_proxy.logs.reader import opened_log

_MS = 10**6


class Read:
    """A log as it was read.

    Attributes:
        calls: model, request, response of each call; as text, None where there is none.
        times: when each request was made and answered, as logged.
    """

    def __init__(self, path: Path) -> None:
        with opened_log(path) as log:
            self.calls = [
                (
                    call.model.value,
                    call.request.text().decode() if call.request else None,
                    call.response.text().decode() if call.response else None,
                )
                for call in log.calls
            ]
            self.times = [(call.request_ns, call.response_ns) for call in log.calls]
            self.queries = [call.request.query for call in log.calls if call.request]
            self.positions = [call.position for call in log.calls]
            self.log = log

    @property
    def models(self) -> list[str]:
        return [model for model, _, _ in self.calls]


@pytest.fixture
def read(tmp_path: Path) -> Callable[[object], Read]:
    def read_log(log: object) -> Read:
        path = tmp_path / "log.json"
        path.write_bytes(log if isinstance(log, bytes) else json.dumps(log).encode())
        return Read(path)

    return read_log


def body(number: int) -> str:
    return json.dumps({"agent_states": [], "n": number})


def test_a_log_of_the_python_sdk_is_read(sdk: Any, tmp_path: Path) -> None:
    logger = sdk.DebugLogger(str(tmp_path))
    models = ["location_info", "initialize", "drive", "drive"]
    for model in models:
        logger.append_request(model, {"asked": model, "agent_states": [], "é": None})
        logger.append_response(model, {"answered": model, "agent_states": []})
    found = Read(Path(logger.debug_log_path))
    assert (found.log.problems, found.log.unequal, found.log.remarks) == ([], [], [])
    assert found.models == models
    for model, request, response in found.calls:
        assert request == json.dumps({"asked": model, "agent_states": [], "é": None})
        assert response == json.dumps({"answered": model, "agent_states": []})
    for request_ns, response_ns in found.times:
        assert request_ns is not None
        assert response_ns is not None
        assert request_ns <= response_ns


def test_a_log_of_the_cpp_sdk_is_read(read: Callable[[object], Read]) -> None:
    found = read(json.dumps(CPP_LOG, indent=4).encode() + b"\n")
    assert found.log.problems == [
        "initialize response 1 has no agent_states",
        "drive response 1 has no agent_states",
    ]
    assert list(zip(found.models, found.times, strict=True)) == [
        ("location_info", (NOON_NS, NOON_NS + 999 * _MS)),
        ("initialize", (NOON_NS + SECOND_NS, NOON_NS + SECOND_NS + 700 * _MS)),
        ("drive", (NOON_NS + 2 * SECOND_NS + 7 * _MS, NOON_NS + 2 * SECOND_NS + 70 * _MS)),
    ]
    assert found.calls[0][1] == '{"include_map_source":false,"location":"l"}'


def test_empty_lists_of_the_cpp_sdk_are_no_problem(read: Callable[[object], Read]) -> None:
    log = {key: value if key.startswith("drive") else [] for key, value in CPP_LOG.items()}
    found = read({**log, "light_requests": [], "light_responses": []})
    assert found.models == ["drive"]
    assert (found.log.unequal, found.log.remarks) == ([], [])


def test_a_query_that_the_cpp_sdk_logged_is_read_as_its_parameters(
    read: Callable[[object], Read],
) -> None:
    query = "?location=a:b&include_map_source=true&rendering_fov=50"
    found = read(CPP_LOG | {"location_requests": [query]})
    assert found.queries[0] == "?location=a%3Ab&include_map_source=True&rendering_fov=50"


def test_an_item_may_be_the_object_itself(read: Callable[[object], Read]) -> None:
    found = read(CPP_LOG | {"drive_requests": [{"agent_states": []}]})
    assert found.calls[2][1] == '{"agent_states": []}'


def test_calls_come_in_the_order_of_their_times_and_those_without_stay_beside_their_neighbours(
    read: Callable[[object], Read],
) -> None:
    times = ["2024-05-01_12:00:00:000000", "never", "2024-05-01_12:00:03:000000"]
    one_second = ["2024-05-01_12:00:01:000000"]
    found = read(
        {
            "drive_requests": [body(number) for number in (1, 2, 3)],
            "drive_responses": [body(number) for number in (1, 2, 3)],
            "drive_request_timestamps": times,
            "drive_response_timestamps": times,
            "initialize_requests": [body(4)],
            "initialize_responses": [body(4)],
            "initialize_request_timestamps": one_second,
            "initialize_response_timestamps": one_second,
        }
    )
    assert found.calls == [
        (model, body(number), body(number))
        for model, number in (("drive", 1), ("drive", 2), ("initialize", 4), ("drive", 3))
    ]
    started = [call.started_ns for call in found.log.calls]
    assert started == [NOON_NS, NOON_NS + 1000, NOON_NS + SECOND_NS, NOON_NS + 3 * SECOND_NS]
    assert found.log.remarks == [
        "drive timestamp of request 2 is no time",
        "drive timestamp of response 2 is no time",
    ]


def test_lists_of_unequal_length_are_reported(read: Callable[[object], Read]) -> None:
    found = read({"drive_requests": [body(1), body(2)], "drive_responses": [body(1)]})
    assert found.log.unequal == [
        "drive has 2 requests and 1 responses: "
        "which belong together was worked out from what they say"
    ]
    assert found.log.remarks == [
        "drive has 2 requests, but 0 timestamps for them",
        "drive has 1 responses, but 0 timestamps for them",
    ]


def test_a_response_without_request_is_a_gap(read: Callable[[object], Read]) -> None:
    time = "2024-05-01_12:00:00:000000"
    found = read({"drive_responses": [body(1)], "drive_response_timestamps": [time]})
    assert (found.calls, found.log.gaps, found.log.orphans) == ([], [0], 1)


def test_items_that_are_no_json_are_left_out_and_the_others_keep_their_positions(
    read: Callable[[object], Read],
) -> None:
    found = read(
        {"drive_requests": ["{", body(2), 7, None], "drive_responses": [body(1), body(2), "{}"]}
    )
    assert (found.models, found.positions) == (["drive"], [1])
    assert found.log.problems[:3] == [
        "drive request 1 is no JSON: left out",
        "drive request 3 is no JSON: left out",
        "drive response 3 has no agent_states",
    ]
    assert len(found.log.gaps) == 3


def test_nan_as_the_sdks_writer_puts_it_is_read(read: Callable[[object], Read]) -> None:
    text = '{"agent_states": [[NaN, 1, 2, 3]]}'
    found = read({"drive_requests": [text], "drive_responses": [text]})
    assert found.calls == [("drive", text, text)]
    assert found.log.problems == []


def test_what_is_no_list_and_lists_of_other_names_are_reported(
    read: Callable[[object], Read],
) -> None:
    found = read(CPP_LOG | {"drive_requests": 5, "version": 2, "blame_requests": ["{}"]})
    assert found.log.problems[0] == "drive_requests is no list: it was not read"
    assert found.log.remarks[0] == "blame entries are no calls of the SDK: they were left out"
    assert found.models == ["location_info", "initialize"]


def test_a_byte_that_is_no_text_ends_the_log_where_it_stands(
    read: Callable[[object], Read],
) -> None:
    data = json.dumps(CPP_LOG).encode()
    at = data.index(b"initialize_requests")
    found = read(data[:at] + b"\xff" + data[at:])
    assert found.models == ["drive"]
    assert "is damaged at byte" in found.log.problems[0]
    assert found.log.is_cut


def test_nesting_without_end_is_a_problem_and_no_crash(read: Callable[[object], Read]) -> None:
    data = b'{"drive_requests": [%b, ' % json.dumps(body(1)).encode() + b"[" * 200_000
    found = read(data)
    assert found.calls == [("drive", body(1), None)]
    assert "the log ends at byte" in found.log.problems[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"\x1f\x8b\x08", r"it begins with '\\x1f\ufffd\\x08', not with '{'"),
        (b"PK\3\4", r"it begins with 'PK\\x03\\x04', not with '{'"),
        (b"[1, 2]", r"it begins with '\[1, 2\]', not with '{'"),
        (b"import sys\nprint(1)\n", "it begins with 'import sys', not with '{'"),
        (b"\xef\xbb\xbf{1: 2}", "the log is damaged at byte 4, in its beginning, where a key"),
        (b"{}", "none of its keys ends in '_requests'"),
        (b'{"log": {"entries": []}, "version": 1}', "none of its keys ends in '_requests'"),
    ],
)
def test_what_is_no_debug_log_is_refused(
    read: Callable[[object], Read], data: bytes, reason: str
) -> None:
    expected = rf"log\.json is not a debug log: {reason}.*; give the file that IAI_LOGGER_PATH"
    with pytest.raises(InputError, match=expected):
        read(data)


# --- logs that break off or are damaged


def sample() -> bytes:
    stream = io.BytesIO()
    models = ["location_info", "initialize", "drive", "drive", "drive"]
    calls = []
    for number, model in enumerate(models):
        text = json.dumps({"agent_states": [], "n": number, "s": '"\\é'})
        start_ns = NOON_NS + number * SECOND_NS
        end_ns = start_ns + SECOND_NS // 2
        body_text = partial(str, text)
        calls.append(LoggedCall(model, body_text, body_text, start_ns, end_ns))
    write_debug_log(calls, stream)
    return stream.getvalue()


COMPACT = sample()
INDENTED = json.dumps(
    CPP_LOG | {"drive_requests": ['{"ö": "\U0001f697"}']}, indent=4, ensure_ascii=False
).encode()
OBJECTS = json.dumps({"drive_requests": [{"a": {"b": [1, 2]}}, {"c": 12}]}).encode()
LOGS = [COMPACT, INDENTED, OBJECTS]


@pytest.mark.parametrize("data", LOGS, ids=["compact", "indented", "objects"])
def test_every_truncation_gives_the_calls_up_to_there_and_a_problem(
    read: Callable[[object], Read], data: bytes
) -> None:
    whole = {(call[0], call[1]): call[2] for call in read(data).calls}
    most = 0
    for length in range(len(data.rstrip())):
        try:
            cut = read(data[:length])
        except InputError:
            continue
        assert cut.log.is_cut
        assert cut.log.problems
        for model, request, response in cut.calls:
            assert response in (whole[model, request], None)
        most = max(most, len(cut.calls))
    assert most == len(whole)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), garbage=st.binary(min_size=1, max_size=20))
def test_garbage_behind_any_truncation_raises_nothing_but_input_errors(
    read: Callable[[object], Read], data: st.DataObject, garbage: bytes
) -> None:
    log = data.draw(st.sampled_from(LOGS))
    length = data.draw(st.integers(0, len(log)))
    with suppress(InputError):
        read(log[:length] + garbage)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_input_errors(
    read: Callable[[object], Read], data: bytes
) -> None:
    with suppress(InputError):
        read(b'{"drive_requests": ["' + data)
    with suppress(InputError):
        read(data)
