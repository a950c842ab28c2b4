"""Logs that the SDK's report can't be made of are refused, with the place."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from diagnosis.sdk_logs import Log, to_text

from iai_proxy.diagnosis.sdk_tool.inputs import log_sdk_report
from iai_proxy.errors import InputError


def text_of(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_a_log_that_breaks_off_is_refused_with_the_place(log: Log, path: Path) -> None:
    whole = to_text(log, random.Random(2)).encode()
    path.write_bytes(whole[:-1])
    with pytest.raises(InputError, match="the log ends at byte"):
        next(log_sdk_report(path))


def test_bodies_that_were_not_put_into_strings_are_read_and_half_surrogates_too(
    log: Log, path: Path
) -> None:
    log["drive_requests"][0]["location"] = "\ud800"
    path.write_text(json.dumps(log))
    assert "Issue code" not in text_of(log_sdk_report(path))
    path.write_text(to_text(log, random.Random(0)))
    assert "Issue code" not in text_of(log_sdk_report(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"drive_responses": ["{}"], "drive_requests": ["{ no json", "{}"]}',
            "item 1 of drive_requests is no JSON string",
        ),
        (
            '{"drive_requests": [null], "drive_responses": ["{}"]}',
            "drive request 1 is no JSON object",
        ),
    ],
)
def test_items_that_are_no_bodies_are_refused(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        next(log_sdk_report(path))


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"can't read .*log\.json \(No such file or directory\)"):
        next(log_sdk_report(tmp_path / "log.json"))
