"""``diff`` and ``step`` on recordings that the real SDK made."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.cli import Cli
from support.recorded import recorded
from support.recordings import damage_answers

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

#: Drives four agents for six steps, the fourth with another seed if it is told so, and prints the
#: states that the SDK's objects hold. With a second word the client moves agent 0 at step 5.
PROGRAM = """
import json, sys, invertedai as iai
from invertedai.utils import get_default_agent_properties
place = "canada:drake_street_and_pacific_blvd"
answer = iai.initialize(location=place, random_seed=1,
    agent_properties=get_default_agent_properties({"car": 4}))
properties = answer.agent_properties
written = [[state.tolist() for state in answer.agent_states]]
for step in range(1, 7):
    if step == 5 and len(sys.argv) > 2:
        answer.agent_states[0].center.x += 3
    answer = iai.drive(
        location=place, agent_properties=properties, agent_states=answer.agent_states,
        recurrent_states=answer.recurrent_states,
        light_recurrent_states=answer.light_recurrent_states,
        random_seed=int(sys.argv[1]) if step == 4 else 7)
    written.append([state.tolist() for state in answer.agent_states])
print(json.dumps(written))
"""


@contextmanager
def two_runs(cli: Cli, sandbox: Sandbox) -> Iterator[list[Any]]:
    """Leaves a.iairec and b.iairec in the test's folder; gives the states of both."""
    printed = [
        recorded(cli, sandbox.url, PROGRAM, seed, name=name)
        for seed, name in (("7", "a.iairec"), ("8", "b.iairec"))
    ]
    yield [json.loads(text) for text in printed]


def test_runs_part_where_the_sdks_own_states_do(cli: Cli, sandbox: Sandbox) -> None:
    with two_runs(cli, sandbox) as (a, b):
        parting = next(step for step in range(7) if a[step] != b[step])
        done = cli.invoke("diff", "a.iairec", "b.iairec", "--format", "json", "--no-check")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert found["parting_step"] == parting == 4
    for step in found["steps"]:
        pairs = zip(a[step["step"]], b[step["step"]], strict=True)
        furthest = max(math.dist(ours[:2], theirs[:2]) for ours, theirs in pairs)
        assert step["position_m"] == pytest.approx(furthest)
    assert [difference["name"] for difference in found["set_up"]] == ["seeds of later steps"]


def test_a_run_equals_itself_and_the_exit_code_says_so(cli: Cli, sandbox: Sandbox) -> None:
    with two_runs(cli, sandbox):
        same = cli.invoke("diff", "a.iairec", "a.iairec")
        near = cli.invoke("diff", "a.iairec", "b.iairec", "--tolerance", "50")
    assert (same.exit_code, near.exit_code) == (0, 0)
    assert "7 common steps: the same to the last bit" in same.stdout
    assert "7 common steps: the same within 50" in near.stdout


def test_a_page_has_both_runs(cli: Cli, sandbox: Sandbox) -> None:
    with two_runs(cli, sandbox):
        done = cli.invoke("diff", "a.iairec", "b.iairec", "-o", "diff.html")
    assert done.exit_code == 1
    page = (cli.folder / "diff.html").read_text()
    assert "a.iairec" in page
    assert "b.iairec" in page


def test_findings_are_not_compared_with_those_of_a_run_that_could_not_be_checked(
    cli: Cli, sandbox: Sandbox
) -> None:
    """A scenario log has no calls; its seeds and models are those of the recording."""
    with two_runs(cli, sandbox):
        cli.invoke("export", "scenario", "a.iairec", "-o", "log.json")
        logged = cli.invoke("diff", "a.iairec", "log.json")
        damage_answers(cli.folder / "a.iairec", 1)
        damaged = cli.invoke("diff", "log.json", "a.iairec")
    assert (logged.exit_code, damaged.exit_code) == (0, 3)
    assert "the set-up is the same" in logged.stdout
    assert "findings not compared: b not checked (a scenario log has no calls" in logged.stdout
    assert "a.iairec can't be compared: a.iairec is damaged: the body " in damaged.stderr
    assert "`iai-proxy verify a.iairec --salvage OUT` saves what is whole" in damaged.stderr
    assert "the same" not in damaged.stdout
    for done in (logged, damaged):
        assert "findings gone" not in done.stdout
        assert "findings new" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.iairec", "a.iairec@3"], "has no branch 3: it has 1"),
        (["a.iairec", "none.iairec"], "none.iairec"),
        (["a.iairec", "a.iairec", "--tolerance", "nan"], "--tolerance nan is no distance"),
        (["a.iairec", "a.iairec", "--tolerance", "-1"], "--tolerance -1 is no distance"),
        (["a.iairec", "a.iairec", "--sim", "x"], "--sim x is no number: give N for both, or N,M"),
        (["a.iairec", "a.iairec", "--sim", "1,2"], "has no simulation 2: it has 1"),
        (["a.iairec", "a.iairec", "--format", "html"], "name the page to write: -o diff.html"),
    ],
)
def test_what_can_not_be_compared_is_said(
    arguments: list[str], sentence: str, cli: Cli, sandbox: Sandbox
) -> None:
    with two_runs(cli, sandbox):
        done = cli.invoke("diff", "--no-check", *arguments)
    assert done.exit_code in (2, 3)
    assert sentence in done.stderr


def test_step_shows_where_the_client_moved_an_agent(cli: Cli, sandbox: Sandbox) -> None:
    written = json.loads(recorded(cli, sandbox.url, PROGRAM, "7", "moved"))
    done = cli.invoke("step", "run.iairec", "5", "--json")
    agent = json.loads(done.stdout)["agents"][0]
    assert agent["before"][:2] == written[4][0][:2]
    assert agent["sent"][0] == pytest.approx(written[4][0][0] + 3)
    assert agent["answered"][:2] == written[5][0][:2]
    assert agent["recurrent"] == "as answered"
    others = json.loads(done.stdout)["agents"][1:]
    assert [agent["sent"] for agent in others] == [None] * 3
    shown = cli.invoke("step", "run.iairec", "5").stdout
    assert "moved by the client: 3.00 m" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["9"], "step"),
        (["2", "--agent", "9"], "step 2 has no agent 9: it has agents 0-3"),
        (["2", "--sim", "5"], "has no simulation 5: it has 1"),
    ],
)
def test_a_step_or_agent_that_is_not_there_is_said(
    arguments: list[str], sentence: str, cli: Cli, sandbox: Sandbox
) -> None:
    recorded(cli, sandbox.url, PROGRAM, "7")
    done = cli.invoke("step", "run.iairec", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
