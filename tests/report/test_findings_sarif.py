"""The log that code hosts show, checked with the schema of OASIS (2.1.0, errata 01)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.report.findings_sarif import as_sarif

from .diagnoses import diagnosis, found

SCHEMA: Final = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text())
VALIDATOR: Final = Draft4Validator(SCHEMA)
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def parsed(*diagnoses: object) -> Any:
    log = json.loads(
        as_sarif(diagnoses), parse_constant=lambda name: pytest.fail(f"{name} is no JSON")
    )  # type: ignore[arg-type]
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    return run


def test_the_schema_is_the_published_one_and_refuses_what_is_wrong() -> None:
    assert SCHEMA["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/")
    assert not VALIDATOR.is_valid({"version": "2.1.0", "runs": [{"tool": {}}]})


def test_every_check_is_a_rule() -> None:
    rules = parsed(diagnosis())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [f"IAI{check.code:03d}" for check in ALL]
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    assert (levels["IAI021"], levels["IAI011"], levels["IAI304"]) == ("error", "warning", "note")


def test_a_finding_is_a_result_at_a_place_in_a_file() -> None:
    run = parsed(
        diagnosis(
            found(11, (12, 40), "agent 3 moved", agents=[3], value=0.5),
            file="runs/my run #1:a.iairec",
        )
    )
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("IAI011", "warning")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "IAI011"
    assert result["message"]["text"].startswith("agent 3 moved")
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "runs/my%20run%20%231%3Aa.iairec"
    assert place["logicalLocations"]
    assert result["properties"] == {
        "simulation": 1,
        "step": 12,
        "last_step": 40,
        "agents": [3],
        "value": 0.5,
    }


def test_a_finding_of_the_whole_run_has_no_place_within_it() -> None:
    (result,) = parsed(diagnosis(found(301, simulation=None), file="/runs/a b.iairec"))["results"]
    (place,) = result["locations"]
    assert place == {"physicalLocation": {"artifactLocation": {"uri": "file:///runs/a%20b.iairec"}}}


def test_a_file_that_cannot_be_read_is_told() -> None:
    (invocation,) = parsed(
        diagnosis(), diagnosis(file="bad.json", error="bad.json is a directory")
    )["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["message"]["text"] == "bad.json is a directory"


def test_the_rules_are_the_checks_that_were_made() -> None:
    run = parsed(replace(diagnosis(found(21)), checks=(by_code(11), by_code(21))))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["IAI011", "IAI021"]
    assert run["results"][0]["ruleIndex"] == 1


def test_a_range_of_steps_is_a_logical_location() -> None:
    (result,) = parsed(diagnosis(found(11, (12, 40))))["results"]
    assert result["locations"][0]["logicalLocations"] == [
        {"name": "steps 12-40", "fullyQualifiedName": "simulation 1/steps 12-40", "kind": "step"}
    ]


def test_a_file_name_that_is_no_utf8_keeps_its_bytes() -> None:
    (result,) = parsed(diagnosis(found(21), file="a\udcff.iairec"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%FF.iairec"
    assert parsed(diagnosis(found(21), file="a\ud800"))["results"]


def test_braces_are_doubled_and_no_message_makes_a_link() -> None:
    (result,) = parsed(diagnosis(found(21, message="light {0} [x](y)")))["results"]
    assert result["message"]["text"].startswith("light {{0}} [x] (y)")


def test_a_file_that_was_read_in_part_is_a_warning_and_the_run_a_success() -> None:
    (invocation,) = parsed(diagnosis(note="cut at step 50"))["invocations"]
    assert invocation["executionSuccessful"] is True
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["message"]["text"]) == ("warning", "cut at step 50")


def _uri_of(result: Any) -> str:
    uri: str = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return uri


FINDINGS: Final = st.builds(
    found,
    st.sampled_from([check.code for check in ALL]),
    st.tuples(st.integers(0, 50), st.integers(50, 10_000)),
    TEXTS,
    agents=st.lists(st.integers(0, 300), max_size=5),
    value=st.none() | st.floats(),
    simulation=st.none() | st.integers(1, 9),
)


@given(st.lists(FINDINGS, max_size=4), TEXTS, st.none() | TEXTS)
def test_the_log_of_any_findings_is_valid(findings: list[Any], name: str, note: str | None) -> None:
    run = parsed(
        diagnosis(*findings, file=f"f{name}", note=note), diagnosis(file=name, error=note or "?")
    )
    assert len(run["results"]) == len(findings)
    for result in run["results"]:
        # RFC 3986, which the schema names but no validator checks by itself.
        assert re.fullmatch(r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", _uri_of(result), re.ASCII)
