"""Findings for programs."""

from __future__ import annotations

import json
from typing import Any

from iai_proxy.diagnosis.egos import Egos
from iai_proxy.diagnosis.registry import by_code
from iai_proxy.report.findings_json import as_json

from .diagnoses import diagnosis, found


def parsed(*diagnoses: object) -> Any:
    return json.loads(as_json(diagnoses), parse_constant=lambda name: f"{name} is no JSON")  # type: ignore[arg-type]


def test_a_finding_has_the_fields_of_the_contract() -> None:
    located = found(11, (12, 40), "the client changed agent 3", agents=[3, 5], value=0.5, call=14)
    assert parsed(diagnosis(located))["findings"] == [
        {
            "code": 11,
            "name": "agent-state-modified",
            "severity": "warning",
            "file": "run.iairec",
            "simulation": 1,
            "step": 12,
            "last_step": 40,
            "call": 14,
            "agents": [3, 5],
            "value": 0.5,
            "message": "the client changed agent 3",
            "help": by_code(11).help,
        }
    ]


def test_a_value_that_json_cannot_write_is_null() -> None:
    values = [found(11, value=value) for value in (float("inf"), float("nan"), None, 0.0)]
    assert [finding["value"] for finding in parsed(diagnosis(*values))["findings"]] == [
        None,
        None,
        None,
        0.0,
    ]


def test_the_summary_counts_over_all_files() -> None:
    egos = Egos(None, {1: frozenset({3}), 2: frozenset({0})})
    summary = parsed(
        diagnosis(found(21), found(21), found(11), egos=egos, note="cut off"),
        diagnosis(file="clean.iairec"),
        diagnosis(file="bad.json", error="bad.json is a directory"),
    )["summary"]
    assert (summary["files"], summary["simulations"], summary["steps"]) == (3, 2, 102)
    assert summary["severities"] == {"error": 2, "warning": 1, "info": 0}
    assert summary["codes"] == {"11": 1, "21": 2}
    assert summary["egos"][0] == {
        "file": "run.iairec",
        "agents": [0, 3],
        "inferred": True,
        "simulations": [{"simulation": 1, "agents": [3]}, {"simulation": 2, "agents": [0]}],
    }
    assert summary["unreadable"] == [{"file": "bad.json", "message": "bad.json is a directory"}]
    assert summary["notes"] == [{"file": "run.iairec", "message": "cut off"}]


def test_what_belongs_to_no_simulation_has_no_step() -> None:
    (finding,) = parsed(diagnosis(found(301, simulation=None)))["findings"]
    assert (finding["simulation"], finding["step"], finding["last_step"]) == (None, None, None)


def test_a_file_name_that_is_no_utf8_can_still_be_written() -> None:
    assert parsed(diagnosis(found(21), file="a\udcff"))["findings"][0]["file"] == "a\ufffd"
