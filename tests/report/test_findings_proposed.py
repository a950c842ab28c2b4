"""What the proposed json, junit and sarif formats do besides; for the test files of each format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from iai_proxy.checks.registry import by_code
from iai_proxy.report.findings import FORMATS

from .diagnoses import diagnosis, found


def run_of(*diagnoses: object) -> Any:
    return json.loads(FORMATS["sarif"](diagnoses))["runs"][0]  # type: ignore[arg-type]


def test_a_file_name_that_is_no_utf8_keeps_its_bytes() -> None:
    (result,) = run_of(diagnosis(found(21), file="a\udcff.iairec"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%FF.iairec"
    assert run_of(diagnosis(found(21), file="a\ud800"))["results"]


def test_braces_are_doubled_and_no_message_makes_a_link() -> None:
    (result,) = run_of(diagnosis(found(21, message="light {0} [x](y)")))["results"]
    assert result["message"]["text"].startswith("light {{0}} [x] (y)")


def test_a_range_of_steps_is_a_logical_location() -> None:
    (result,) = run_of(diagnosis(found(11, (12, 40))))["results"]
    assert result["locations"][0]["logicalLocations"] == [
        {"name": "steps 12-40", "fullyQualifiedName": "simulation 1/steps 12-40", "kind": "step"}
    ]


def test_rules_and_cases_are_the_checks_that_were_made() -> None:
    one = replace(diagnosis(found(21)), checks=(by_code(11), by_code(21)))
    assert [rule["id"] for rule in run_of(one)["tool"]["driver"]["rules"]] == ["IAI011", "IAI021"]
    (suite,) = ET.fromstring(FORMATS["junit"]([one]).encode())
    assert [case.get("name") for case in suite] == ["IAI011 agent-state-modified", "IAI021 recurrent-state-modified"]


def test_an_input_that_was_read_in_part_is_an_error_and_a_warning() -> None:
    cut = diagnosis(note="cut at step 50")
    (suite,) = ET.fromstring(FORMATS["junit"]([cut]).encode())
    (error,) = suite.iter("error")
    assert (error.get("type"), error.get("message"), suite.get("errors")) == (
        "incomplete",
        "cut at step 50",
        "1",
    )
    (invocation,) = run_of(cut)["invocations"]
    assert invocation["toolExecutionNotifications"][0]["level"] == "warning"


def test_illegal_characters_are_removed_and_a_failure_says_where_and_what_to_do() -> None:
    two = diagnosis(found(21, (3, 9), "agent\x00 4 is wrong", agents=[4]), found(21, (12, 12), "again"))
    (suite,) = ET.fromstring(FORMATS["junit"]([two]).encode())
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "simulation 1, steps 3-9, agent 4: agent 4 is wrong (and 1 more)"
    assert failure.text == (
        "simulation 1, steps 3-9, agent 4: agent 4 is wrong\nsimulation 1, step 12: again\n"
        "What to do: Hand the recurrent states of the answer before to the next call untouched."
    )


def test_what_belongs_to_no_simulation_has_no_step() -> None:
    (one,) = json.loads(FORMATS["json"]([diagnosis(found(301, simulation=None))]))["findings"]
    assert (one["simulation"], one["step"], one["last_step"]) == (None, None, None)
    assert "\\udcff" not in FORMATS["json"]([diagnosis(found(21), file="a\udcff")])
