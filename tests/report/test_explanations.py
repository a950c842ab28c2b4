"""What is made of a check's docstring."""

from __future__ import annotations

from iai_proxy.diagnosis.check import Check, Severity
from iai_proxy.report.explanations import (
    checks_markdown,
    checks_text,
    explained,
    explanation,
    facts,
    rule_id,
)


class Wobbly(Check):
    """An agent wobbles.

    Why: ``speed`` and place
    disagree.

    It gets worse | with time.

    Example: ``state.speed = 0``.

    Fix: don't.
    """

    code = 7
    name = "wobbly"
    severity = Severity.WARNING
    help = "Keep still."


class Bare(Check):
    """Nothing more is said."""

    code = 1234
    name = "bare"
    severity = Severity.INFO
    help = "Wait."


def test_a_docstring_is_taken_apart_and_a_paragraph_without_a_name_belongs_to_the_one_before() -> (
    None
):
    said = explanation(Wobbly)
    assert said.summary == "An agent wobbles."
    assert said.why == ("`speed` and place disagree.", "It gets worse | with time.")
    assert (said.example, said.fix) == (("`state.speed = 0`.",), ("Don't.",))


def test_codes_have_three_digits_or_more() -> None:
    assert (rule_id(Wobbly), rule_id(Bare)) == ("IAI007", "IAI1234")


def test_a_check_is_laid_out_part_by_part() -> None:
    assert list(explained(Wobbly, 24)) == [
        "IAI007 wobbly (warning)", "", "An agent wobbles.",
        "", "Why", "  `speed` and place", "  disagree.", "", "  It gets worse | with", "  time.",
        "", "Example", "  `state.speed = 0`.",
        "", "Fix", "  Don't.",
        "", "In short", "  Keep still.",
    ]  # fmt: skip


def test_a_part_that_a_check_does_not_have_is_left_out() -> None:
    assert list(explained(Bare, 80)) == [
        "IAI1234 bare (info)", "", "Nothing more is said.", "", "In short", "  Wait.",
    ]  # fmt: skip


def test_the_table_for_terminals_has_a_column_each() -> None:
    assert list(checks_text([Wobbly, Bare], 80)) == [
        "IAI007  wobbly  warning  An agent wobbles.",
        "IAI1234  bare    info     Nothing more is said.",
    ]


def test_the_table_for_the_readme_is_markdown() -> None:
    assert checks_markdown([Wobbly]).splitlines() == [
        "| code | name | severity | what it finds |",
        "| --- | --- | --- | --- |",
        "| 7 | wobbly | warning | An agent wobbles. |",
    ]


def test_a_check_is_a_json_value_too() -> None:
    assert facts(Wobbly) == {
        "code": 7,
        "name": "wobbly",
        "severity": "warning",
        "summary": "An agent wobbles.",
        "why": "`speed` and place disagree.\n\nIt gets worse | with time.",
        "example": "`state.speed = 0`.",
        "fix": "Don't.",
        "help": "Keep still.",
    }
