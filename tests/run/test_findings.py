"""Findings with the agents and branches that they are about, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from iai_proxy.cli import group
from iai_proxy.run import Finding, Run


def found(run: Run, code: int) -> list[Finding]:
    return [finding for finding in run.findings() if finding.code == code]


def test_findings_name_agents_by_their_identity(run: Run) -> None:
    """The program takes out agent 2 at step 4, so that the newcomer, 5, is at place 4 at step 6."""
    (removed,) = found(run, 100)
    assert (removed.simulation, removed.branch, removed.steps) == (1, 1, range(4, 5))
    (added,) = found(run, 101)
    assert (added.name, added.severity, added.agents) == ("agents-added", "info", (5,))
    assert added.steps == range(6, 7)
    assert added.call == 9
    assert added.message.startswith("agent 4 ")
    assert added.fix


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
    assert findings.arrow()["code"].to_pylist() == [finding.code for finding in findings]


def test_egos_may_be_named_and_fixes_speak_python(run: Run) -> None:
    moved = [each for each in run.findings(egos=[]) if each.name == "agent-state-modified"]
    assert {each.agents for each in moved} == {(0,)}
    assert "`run.findings(egos=[…])`" in moved[0].fix
    assert "--" not in "".join(each.fix for each in run.findings(egos=[]))
