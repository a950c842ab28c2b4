"""The report that CI servers show."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.report.findings_junit import as_junit

from .diagnoses import diagnosis, found


def parsed(*diagnoses: object) -> ET.Element:
    return ET.fromstring(as_junit(diagnoses).encode())  # type: ignore[arg-type]


def counts(element: ET.Element) -> tuple[str | None, ...]:
    return tuple(element.get(name) for name in ("tests", "failures", "errors"))


def test_each_check_of_each_file_is_a_case_and_errors_and_warnings_are_failures() -> None:
    root = parsed(
        diagnosis(found(11), found(11), found(21), found(304), file="a.iairec"),
        diagnosis(file="b.iairec"),
    )
    first, second = root
    assert counts(first) == (str(len(ALL)), "2", "0")
    assert counts(second) == (str(len(ALL)), "0", "0")
    assert counts(root) == (str(2 * len(ALL)), "2", "0")
    case = first.find("testcase[@name='IAI011 agent-state-modified']")
    assert case is not None
    assert case.get("classname") == "a.iairec"
    types = {failure.get("type") for failure in first.iter("failure")}
    assert types == {"error", "warning"}


def test_what_is_only_information_passes_and_is_told() -> None:
    (suite,) = parsed(diagnosis(found(304, message="agent 4 collides")))
    (told,) = suite.iter("system-out")
    assert "agent 4 collides" in (told.text or "")
    assert counts(suite)[1:] == ("0", "0")


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    (suite,) = parsed(diagnosis(file="bad.json", error="bad.json is a directory"))
    assert counts(suite) == ("1", "0", "1")
    (error,) = suite.iter("error")
    assert error.get("message") == "bad.json is a directory"


def test_the_cases_are_the_checks_that_were_made() -> None:
    (suite,) = parsed(replace(diagnosis(found(21)), checks=(by_code(11), by_code(21))))
    assert [case.get("name") for case in suite] == [
        "IAI011 agent-state-modified",
        "IAI021 recurrent-state-modified",
    ]


def test_a_file_that_was_read_in_part_is_an_error_beside_its_checks() -> None:
    (suite,) = parsed(diagnosis(note="cut at step 50"))
    assert counts(suite) == (str(len(ALL) + 1), "0", "1")
    (error,) = suite.iter("error")
    assert (error.get("type"), error.get("message")) == ("incomplete", "cut at step 50")


def test_illegal_characters_are_escaped_and_a_failure_says_where_and_what_to_do() -> None:
    two = diagnosis(
        found(21, (3, 9), "agent\x00 4 is wrong", agents=[4]), found(21, (12, 12), "again")
    )
    (suite,) = parsed(two)
    (failure,) = suite.iter("failure")
    assert (
        failure.get("message")
        == "simulation 1, steps 3-9, agent 4: agent\\x00 4 is wrong (and 1 more)"
    )
    assert failure.text == (
        "simulation 1, steps 3-9, agent 4: agent\\x00 4 is wrong\nsimulation 1, step 12: again\n"
        "What to do: Pass the recurrent states of the previous answer to the next call untouched."
    )


@given(st.text(st.characters(), max_size=60))
def test_any_text_gives_well_formed_xml(strange: str) -> None:
    root = parsed(
        diagnosis(
            found(21, message=strange),
            found(304, message=strange),
            file=f"f{strange}",
            note=strange,
        ),
        diagnosis(file=f"f{strange}", error=strange or "?"),
    )
    assert counts(root)[1] == "1"


def test_failures_are_what_the_run_is_to_fail_on() -> None:
    made = [diagnosis(found(11), found(21), found(304))]

    def failures(*codes: int) -> list[str | None]:
        root = ET.fromstring(as_junit(made, lambda located: located.check.code in codes).encode())
        return [
            case.get("name") for case in root.iter("testcase") if case.find("failure") is not None
        ]

    assert failures(304) == ["IAI304 infractions"]
    assert failures(11, 21) == ["IAI011 agent-state-modified", "IAI021 recurrent-state-modified"]
    assert failures() == []
