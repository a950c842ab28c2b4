"""Calls of several models in one order, by what they hand on and by times, made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.logs.debug_log import PairedCall
from iai_proxy.logs.reader import opened_log

Log = dict[str, list[str]]
NOON_NS = 1_714_564_800 * 10**9


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[Log], list[PairedCall]]:
    def read(log: Log) -> list[PairedCall]:
        (tmp_path / "log.json").write_text(json.dumps(log))
        with opened_log(tmp_path / "log.json") as opened:
            return opened.calls

    return read


def body(recurrent: float, **more: Any) -> str:
    """One car; its recurrent state is one number."""
    return json.dumps({"agent_states": [[0, 0, 0, 1]], "recurrent_states": [[recurrent]], **more})


def stamps(*moments: float) -> list[str]:
    """As the C++ SDK writes them, in ms past noon."""
    return [f"2024-05-01_12:00:{int(at // 1000):02}:{int(at % 1000)}_UTC" for at in moments]


def run(drives: list[float], answers: list[float], initialize: tuple[float, float]) -> Log:
    """An ``initialize`` that gives the recurrent state 1, and drives that hand on 1, 2, 3."""
    steps = range(1, len(drives) + 1)
    return {
        "initialize_requests": [json.dumps({"location": "l", "num_agents_to_spawn": 1})],
        "initialize_request_timestamps": stamps(initialize[0]),
        "initialize_responses": [body(1)],
        "initialize_response_timestamps": stamps(initialize[1]),
        "drive_requests": [body(step) for step in steps],
        "drive_request_timestamps": stamps(*drives),
        "drive_responses": [body(step + 1) for step in steps],
        "drive_response_timestamps": stamps(*answers),
    }


def spans(calls: list[PairedCall]) -> list[tuple[str, int, float, float]]:
    """Model, position in its list, start and end in ms past noon."""
    return [
        (
            call.model,
            call.position,
            (call.started_ns - NOON_NS) / 1e6,
            (call.ended_ns - NOON_NS) / 1e6,
        )
        for call in calls
    ]


def test_a_stamp_that_is_a_second_early_changes_no_order(
    calls: Callable[[Log], list[PairedCall]],
) -> None:
    """The second drive, of 2050 ms, is stamped 1050."""
    found = calls(run([1900, 1050, 2200], [2000, 2150, 2300], (1500, 1800)))
    assert spans(found) == [
        ("initialize", 0, 1500, 1800),
        ("drive", 0, 1900, 1900),  # it ended before the next was made, whose stamp is wrong
        ("drive", 1, 1900, 2150),
        ("drive", 2, 2200, 2300),
    ]


def test_a_clock_that_is_set_back_changes_no_order(
    calls: Callable[[Log], list[PairedCall]],
) -> None:
    found = calls(run([9000, 9200, 5000], [9100, 4900, 5100], (8000, 8100)))
    assert [(call.model, call.position) for call in found] == [
        ("initialize", 0), ("drive", 0), ("drive", 1), ("drive", 2),
    ]  # fmt: skip
    starts = [call.started_ns for call in found]
    assert starts == sorted(starts)


def test_an_initialize_comes_before_the_drive_that_takes_up_its_agents(
    calls: Callable[[Log], list[PairedCall]],
) -> None:
    """Whatever the times say."""
    found = calls(run([1000, 2000, 3000], [1100, 2100, 3100], (5000, 5100)))
    assert [call.model for call in found] == ["initialize", "drive", "drive", "drive"]


def test_a_stamp_that_is_a_second_late_makes_no_call_longer(
    calls: Callable[[Log], list[PairedCall]],
) -> None:
    """The answer to the first drive, of 1990 ms, is stamped 2990."""
    found = calls(run([1900, 2000, 2200], [2990, 2100, 2300], (1500, 1800)))
    assert spans(found)[1:] == [
        ("drive", 0, 1900, 2000), ("drive", 1, 2000, 2100), ("drive", 2, 2200, 2300),
    ]  # fmt: skip
