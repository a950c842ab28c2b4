"""What each check must have, and how it is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iai_proxy.diagnosis.check import Check, Severity
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.errors import UsageError

PARTS = ("Why: ", "Example: ", "Fix: ")


GOLDEN = Path(__file__).parent / "golden"
CHECKS = pytest.mark.parametrize("check", ALL, ids=lambda check: f"{check.code}-{check.name}")


def test_codes_and_names_are_unique_and_in_order() -> None:
    assert [check.code for check in ALL] == sorted({check.code for check in ALL})
    assert len({check.name for check in ALL}) == len(ALL)
    assert {10, 11, 20, 21, 50, 51, 52, 100, 101} <= {check.code for check in ALL}


@CHECKS
def test_a_check_explains_itself(check: type[Check]) -> None:
    paragraphs = [
        " ".join(paragraph.split()) for paragraph in (check.__doc__ or "").strip().split("\n\n")
    ]
    assert paragraphs[0].endswith(".")
    assert len(paragraphs[0]) < 120
    assert [part for part in PARTS for text in paragraphs if text.startswith(part)] == list(PARTS)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.name)
    assert isinstance(check.severity, Severity)
    assert "\n" not in check.help
    assert check.help.endswith(".")


@CHECKS
def test_a_check_stands_in_a_module_of_its_name(check: type[Check]) -> None:
    family, module = check.__module__.removeprefix("iai_proxy.diagnosis.checks.").split(".")
    assert module == check.name.replace("-", "_")
    assert family in {"recurrent", "order", "motion", "sizes", "lights", "setup", "calls"}
    assert check.__name__.lower() == check.name.replace("-", "")


@CHECKS
def test_a_check_has_a_golden_pair(check: type[Check]) -> None:
    for kind in ("run", "findings"):
        assert (GOLDEN / f"{check.code}-{check.name}.{kind}.json").is_file()


def test_no_golden_file_is_left_over() -> None:
    names = {f"{check.code}-{check.name}" for check in ALL}
    assert {path.name.split(".")[0] for path in (GOLDEN).glob("*.json")} == names


def test_a_check_is_found_by_its_code_and_an_unknown_one_names_close_ones() -> None:
    assert by_code(21).name == "recurrent-state-modified"
    with pytest.raises(UsageError, match=r"there is no check 22; close ones are .*20 .*21 "):
        by_code(22)
