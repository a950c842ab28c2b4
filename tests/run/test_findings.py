"""Findings with the agents and branches that they are about, worked out by hand."""

from __future__ import annotations

import importlib.util
import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.driven import CAR, Answer, Driven

import iai_proxy
from iai_proxy.cli import group
from iai_proxy.run import Finding, Run


def found(run: Run, code: int) -> list[Finding]:
    return [finding for finding in run.findings() if finding.code == code]


def test_findings_name_agents_by_their_identity(run: Run) -> None:
    """The program takes out agent 2 at step 4, so that the newcomer, 5, is at place 4 at step 6."""
    (removed,) = found(run, 100)
    assert (removed.simulation, removed.branch, removed.steps) == (1, 1, range(4, 5))
    assert removed.agents == (2,)
    (added,) = found(run, 101)
    assert (added.name, added.severity, added.agents) == ("agents-added", "info", (5,))
    assert added.steps == range(6, 7)
    assert added.call == 9
    assert added.message.startswith("agent 4 ")
    assert added.fix


def test_who_is_removed_is_an_agent_of_the_step_before(tmp_path: Path) -> None:
    """Of agents 0 to 3 the client leaves out place 1, and at the next step place 1 again."""
    answers = [Answer([(20 * place, 0, 0, 0) for place in places])
               for places in ((0, 1, 2, 3), (0, 2, 3), (0, 3))]  # fmt: skip
    made = Driven(properties=[CAR] * 4)
    rows = made.initialize(answers[0])
    for before, answer in pairwise(answers):
        sent = Answer([*before.states[:1], *before.states[2:]])
        rows = made.go_on([*rows[:1], *rows[2:]], sent, [answer])
    with iai_proxy.open(made.record(tmp_path / "run.iairec")) as run:
        gone = found(run, 100)
        assert [(each.steps, each.agents) for each in gone] == [
            (range(1, 2), (1,)),
            (range(2, 3), (2,)),
        ]
        assert {each.message for each in gone} == {
            "agent 1 of the previous answer is not sent back"
        }
        if importlib.util.find_spec("pyarrow"):
            table = run.findings().arrow()
            assert table["agents"].to_pylist() == [list(each.agents) for each in run.findings()]


def test_findings_name_the_branch_of_their_first_step(run: Run) -> None:
    """The ego jumps where it is first put at (1.5, -2), and where the other branch puts it far."""
    jumps = found(run, 225)
    assert [(jump.branch, jump.steps, jump.agents) for jump in jumps] == [
        (1, range(1, 2), (0,)),
        (2, range(4, 6), (0,)),
    ]


def test_findings_are_those_of_the_command(run: Run, path: Path) -> None:
    result = CliRunner().invoke(group, ["diagnose", str(path), "--format", "json"])
    printed = json.loads(result.stdout)["findings"]
    assert [
        (each["code"], each["simulation"], each["step"], each["last_step"], each["message"])
        for each in printed
    ] == [
        (each.code, each.simulation, each.steps[0], each.steps[-1], each.message)
        for each in run.findings()
    ]


def test_findings_are_a_sequence_and_a_table(run: Run) -> None:
    pytest.importorskip("pyarrow")
    findings = run.findings()
    assert findings[0] == next(iter(findings))
    assert findings[1:] == list(findings)[1:]
    assert findings.note is None
    table = findings.arrow()
    assert table["code"].to_pylist() == [finding.code for finding in findings]
    assert table["agents"].to_pylist() == [list(finding.agents) for finding in findings]


def test_egos_may_be_named_and_fixes_speak_python(run: Run) -> None:
    moved = [each for each in run.findings(egos=[]) if each.name == "agent-state-modified"]
    assert {each.agents for each in moved} == {(0,)}
    assert "`run.findings(egos=[…])`" in moved[0].fix
    assert "--" not in "".join(each.fix for each in run.findings(egos=[]))
