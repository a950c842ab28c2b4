"""What is made of a check's docstring."""

from __future__ import annotations

import json

import pytest
from support.cli import Cli

from iai_proxy.checks.model import Check, Severity
from iai_proxy.report.explanations import checks_markdown, checks_text, explained, explanation, facts, rule_id


class Wobbly(Check):
    """An agent wobbles.

    Why: ``speed`` and place
    disagree.

    It gets worse | with time.

    Example: ``state.speed = 0``.

    Mend: don't.
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


def test_a_docstring_is_taken_apart_and_a_paragraph_without_a_name_belongs_to_the_one_before() -> None:
    said = explanation(Wobbly)
    assert said.summary == "An agent wobbles."
    assert said.why == ("`speed` and place disagree.", "It gets worse | with time.")
    assert (said.example, said.mend) == (("`state.speed = 0`.",), ("Don't.",))


def test_codes_have_three_digits_or_more() -> None:
    assert (rule_id(Wobbly), rule_id(Bare)) == ("IAI007", "IAI1234")


def test_a_check_is_laid_out_part_by_part() -> None:
    assert list(explained(Wobbly, 24)) == [
        "IAI007 wobbly (warning)", "", "An agent wobbles.",
        "", "Why", "  `speed` and place", "  disagree.", "", "  It gets worse | with", "  time.",
        "", "Example", "  `state.speed = 0`.",
        "", "Mend", "  Don't.",
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
        "| 7 | `wobbly` | warning | An agent wobbles. |",
    ]


def test_a_check_is_a_json_value_too() -> None:
    assert facts(Wobbly) == {
        "code": 7,
        "name": "wobbly",
        "severity": "warning",
        "summary": "An agent wobbles.",
        "why": "`speed` and place disagree.\n\nIt gets worse | with time.",
        "example": "`state.speed = 0`.",
        "mend": "Don't.",
        "help": "Keep still.",
    }


@pytest.fixture
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return Cli(tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("ca"))


def test_explain_takes_a_number_a_code_or_a_name(cli: Cli) -> None:
    shown = {cli.run("explain", word).stdout for word in ("11", "IAI011", "agent-state-modified")}
    assert len(shown) == 1
    assert shown.pop().startswith("IAI011 agent-state-modified (warning)\n\nAn agent's state is not the one")


def test_explain_without_a_code_lists_all_and_speaks_json(cli: Cli) -> None:
    listed = json.loads(cli.run("explain", "--json").stdout)
    codes = [f"IAI{one['code']:03d}" for one in listed]
    assert "IAI011" in codes
    table = cli.run("explain", env={"COLUMNS": "200"}).stdout.splitlines()
    assert [line.split()[0] for line in table if line.startswith("IAI")] == codes


def test_explain_of_an_unknown_code_names_close_ones_and_is_wrong_usage(cli: Cli) -> None:
    done = cli.run("explain", "22")
    assert done.returncode == 2
    assert done.stderr.startswith("iai-proxy: there is no check 22; close ones are ")
    assert "21 (recurrent-state-modified)" in done.stderr
    assert cli.run("explain", "no-such-check").returncode == 2
