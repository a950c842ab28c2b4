"""Expected logs come from the SDK's own ``DebugLogger``; pairs and key order are worked by hand."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.logs.debug_log_writer import LoggedCall, write_debug_log
from iai_proxy.logs.timestamps import parse_timestamp

MS = 10**6


def call(
    model: str, asked: str, answered: str | None, at_ms: int, until_ms: int | None = None
) -> LoggedCall:
    response: Callable[[], str] | None = None
    until_ns = None
    if answered is not None:
        response, until_ns = (lambda: answered), (at_ms + 1 if until_ms is None else until_ms) * MS
    return LoggedCall(model, lambda: asked, response, at_ms * MS, until_ns)


def written(calls: list[LoggedCall]) -> str:
    stream = io.StringIO()
    write_debug_log(calls, stream)
    return stream.getvalue()


def logged_by_sdk(
    sdk: Any, folder: Path, appended: list[tuple[str, str, Any]]
) -> tuple[str, list[int]]:
    """Let the SDK log (side, model, data); return its file's text and each entry's time."""
    logger = sdk.DebugLogger(str(folder))
    times = []
    for side, model, data in appended:
        getattr(logger, f"append_{side}")(model, data)
        moment = parse_timestamp(logger.data[f"{model}_{side}_timestamps"][-1])
        assert moment is not None
        times.append(moment)
    return Path(logger.debug_log_path).read_text(), times


def test_calls_one_after_another_give_the_sdks_file_byte_for_byte(sdk: Any, tmp_path: Path) -> None:
    models = [
        "location_info",
        "initialize",
        "drive",
        "drive",
        "large_initialize",
        "large_drive",
        "drive",
    ]
    sides = [
        (side, model, {"é": index, "x": 0.1})
        for index, model in enumerate(models)
        for side in SIDES
    ]
    text, times = logged_by_sdk(sdk, tmp_path, sides)
    calls = [
        LoggedCall(
            model,
            partial(json.dumps, data),
            partial(json.dumps, data),
            *times[2 * index : 2 * index + 2],
        )
        for index, (_, model, data) in enumerate(sides[::2])
    ]
    assert written(calls) == text


SIDES = ("request", "response")


def test_a_large_call_whose_parts_lie_within_it_gives_the_sdks_key_order(
    sdk: Any, tmp_path: Path
) -> None:
    appended = [("request", "large_drive", {}), ("request", "drive", {}), ("response", "drive", {}),
                ("response", "large_drive", {})]  # fmt: skip
    text, times = logged_by_sdk(sdk, tmp_path, appended)
    calls = [
        LoggedCall("drive", lambda: "{}", lambda: "{}", times[1], times[2]),
        LoggedCall("large_drive", lambda: "{}", lambda: "{}", times[0], times[3]),
    ]
    assert written(calls) == text


def test_answers_that_overtake_each_other_stand_at_the_position_of_their_requests() -> None:
    log = json.loads(
        written([call("drive", '"a"', '"A"', 1, 9), call("drive", '"b"', '"B"', 2, 3)])
    )
    assert log["drive_requests"] == ['"a"', '"b"']
    assert log["drive_responses"] == ['"A"', '"B"']
    assert [stamp[-6:] for stamp in log["drive_response_timestamps"]] == ["009000", "003000"]


def test_a_call_without_an_answer_stands_last_so_that_the_others_pair() -> None:
    log = json.loads(written([call("drive", '"lost"', None, 1), call("drive", '"b"', '"B"', 2)]))
    assert log["drive_requests"] == ['"b"', '"lost"']
    assert log["drive_responses"] == ['"B"']
    assert [stamp[-6:] for stamp in log["drive_request_timestamps"]] == ["002000", "001000"]


def test_a_model_that_was_never_answered_has_no_response_lists() -> None:
    assert list(json.loads(written([call("blame", "{}", None, 1)]))) == [
        "blame_requests",
        "blame_request_timestamps",
    ]


def test_no_calls_give_an_empty_object() -> None:
    assert written([]) == "{}"


def test_bytes_and_text_are_the_same_and_ascii() -> None:
    calls = [call("drive", '"é\\ud83d"', '"\u2028"', 1)]
    stream = io.BytesIO()
    write_debug_log(calls, stream)
    assert stream.getvalue().decode("ascii") == written(calls)
    assert json.loads(stream.getvalue())["drive_requests"] == ['"é\\ud83d"']


@pytest.mark.parametrize("mode", ["w+", "w+b"])
def test_temporary_files_of_either_kind_take_it(mode: str) -> None:
    with tempfile.NamedTemporaryFile(mode) as stream:
        write_debug_log([call("drive", "{}", "{}", 1)], stream)  # type: ignore[arg-type]
        stream.seek(0)
        assert json.load(stream)["drive_requests"] == ["{}"]


def test_bodies_are_fetched_one_at_a_time_and_only_once() -> None:
    fetched: list[str] = []
    stream = io.StringIO()

    def body(name: str) -> Callable[[], str]:
        def fetch() -> str:
            assert not fetched or f'"{fetched[-1]}"' in stream.getvalue(), (
                "the body before was not written yet"
            )
            fetched.append(name)
            return name

        return fetch

    write_debug_log(
        [LoggedCall("drive", body(f"q{i}"), body(f"a{i}"), i, i + 5) for i in range(3)], stream
    )
    assert fetched == ["q0", "q1", "q2", "a0", "a1", "a2"]


def test_an_answer_without_its_time_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^a drive call has a response or its time, but not both$"
    ):
        LoggedCall("drive", str, str, 1)
