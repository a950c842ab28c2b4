"""Diagnoses in each format, made by its own writer."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from report.diagnoses import diagnosis, found

from iai_proxy.report.findings import rendered

GIVEN = [diagnosis(found(11), found(100))]


def test_each_format_is_what_its_readers_take() -> None:
    assert set(json.loads(rendered(GIVEN, "json"))) >= {"findings"}
    assert json.loads(rendered(GIVEN, "sarif"))["version"] == "2.1.0"
    assert ElementTree.fromstring(rendered(GIVEN, "junit")).tag == "testsuites"
    assert rendered(GIVEN, "text").startswith("run.iairec")


def test_what_fails_is_a_failure_to_junit() -> None:
    junit = rendered(GIVEN, "junit", fails=lambda located: located.check.code == 100)
    cases = ElementTree.fromstring(junit).iter("testcase")
    failed = [case.attrib["name"] for case in cases if case.find("failure") is not None]
    assert len(failed) == 1
    assert "100" in failed[0]


def test_only_a_text_for_a_terminal_has_colours() -> None:
    assert "\x1b[" in rendered(GIVEN, "text", colour=True)
    assert "\x1b[" not in rendered(GIVEN, "text")
