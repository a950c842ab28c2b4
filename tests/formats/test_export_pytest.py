"""Tests that are written of recordings: they pass, and fail once the client is another."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cli import Cli
from support.exchanges import exchange, request
from support.pages import ROOT
from support.recorded import recorded
from support.recordings import write

from iai_proxy.errors import UsageError
from iai_proxy.formats.export_pytest import WrittenTest, _literal, _text, pytest_file
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.scene.recorded import RecordedRun
from iai_proxy.text import encodable

CLIENT = """
import invertedai as iai
from invertedai.common import AgentProperties, AgentState, Point
location = "canada:drake_street_and_pacific_blvd"
placed = [AgentProperties(agent_type="car")] * 3 + [AgentProperties(agent_type="pedestrian")]
placed[0] = AgentProperties(length=4.5, width=1.9, rear_axis_offset=1.2, agent_type="car",
    waypoint=Point(x=12.5, y=-3), max_speed=12)
response = iai.initialize(location, agent_properties=placed, random_seed=4, get_infractions=True,
    states_history=[[AgentState.fromlist([-40, -84.45, 3.1415, 5])]])
properties = response.agent_properties
for step in range(5):
    states = response.agent_states
    if step in (1, 3):
        states[0].center.x -= 0.25
    response = iai.drive(location, agent_states=states, agent_properties=properties,
        recurrent_states=response.recurrent_states, random_seed=step,
        light_recurrent_states=response.light_recurrent_states)
"""

#: What changes in a client, and what a test that notices says.
CHANGES = {
    "test_moved.py": ("    3: {", "    2: {", "no recorded answer to POST /drive"),
    "test_shorter.py": ("enumerate(SEEDS)", "enumerate(SEEDS[:-1])", "assert [4, 4, 4, 4, 4] =="),
    "test_other_agents.py": ("*[AgentProperties(agent_type=\"car\")] * 2",
        "*[AgentProperties(agent_type=\"car\")] * 3", "no recorded answer to POST /initialize"),
    "test_other_end.py": ("TOLERANCE = 0.01", "TOLERANCE = 0.0", "assert [["),
}  # fmt: skip


@pytest.fixture
def exported(cli: Cli, sandbox: Sandbox) -> str:
    """The test that is written of the client's recording, in the folder."""
    pytest.importorskip("invertedai")
    recorded(cli, sandbox.url, CLIENT)
    done = cli.invoke("export", "pytest", "run.iairec", "-o", "test_run.py")
    assert (done.exit_code, done.stderr) == (
        0, "iai-proxy: wrote test_run.py: `pytest test_run.py` runs it\n",
    )  # fmt: skip
    return (cli.folder / "test_run.py").read_text()


def test_it_passes_and_fails_once_the_client_is_changed(cli: Cli, exported: str) -> None:
    for name, (old, new, _) in CHANGES.items():
        assert exported.count(old) == 1
        (cli.folder / name).write_text(exported.replace(old, new))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."],
        cwd=cli.folder, env=cli.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    results = dict(re.findall(r"^FAILED (test_\w+\.py)::\S+ - (.*)$", done.stdout, re.MULTILINE))
    assert re.search(r"\b4 failed, 1 passed", done.stdout), done.stdout
    for name, (_, _, said) in CHANGES.items():
        assert said in results[name]


def test_it_is_formatted_linted_and_typed(cli: Cli, exported: str) -> None:
    tools = (
        ["ruff", "check", "--isolated", "--select", "F,I,B,UP,RUF,PT,SIM,RET,ANN"],
        ["ruff", "format", "--isolated", "--check"],
        # Our package and the SDK are not read again: that takes 20 s.
        ["mypy", "--strict", "--config-file=", "--follow-imports=skip", "--cache-dir=cache"],
    )
    for tool in tools:
        done = subprocess.run(
            [sys.executable, "-m", *tool, cli.folder / "test_run.py"],
            cwd=cli.folder, capture_output=True, text=True, check=False,
            env={**cli.environment, "MYPYPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    ast.parse(exported)


STATES = [[0.0, 0.0, 0.0, 3.0], [9.0, 2.0, 0.5, 4.0]]
PROPERTIES = [{"agent_type": "car", "length": 4.0}] * 2
INITIALIZE: dict[str, Any] = {"location": "x", "agent_properties": [{"agent_type": "car"}] * 2}
ANSWER: dict[str, Any] = {
    "agent_states": STATES,
    "recurrent_states": [[0.25, 1.5], [0.5, 2.5]],
    "agent_properties": PROPERTIES,
    "light_recurrent_states": [[1.0, 2.0]],
}
DRIVE: dict[str, Any] = {**ANSWER, "location": "x", "agent_properties": PROPERTIES}
DRIVEN: dict[str, Any] = {
    "agent_states": [[0.3, 0.0, 0.0, 3.0], [9.4, 2.2, 0.5, 4.0]],
    "recurrent_states": [[0.75, 3.5], [0.5, 4.5]],
}


def written(
    folder: Path,
    asked: Any = INITIALIZE,
    drive: Any = DRIVE,
    tolerance: float = 0.01,
    **more: Any,
) -> WrittenTest:
    """Write a test of a simulation of two steps."""
    calls = [("/initialize", asked, ANSWER), ("/drive", drive, {**DRIVEN, **more})]
    path = folder / "run.iairec"
    write(
        path,
        *(
            exchange(request(json.dumps(sent).encode(), target=target), json.dumps(got).encode())
            for target, sent, got in calls
        ),
    )
    with Recording(path) as recording:
        scene = RecordedRun(recording).scene(details=False)
        found = pytest_file(recording, scene, folder / "tests" / "test_run.py", tolerance)
    ast.parse(found.text)
    return found


def constants(text: str) -> dict[str, Any]:
    """The values of the constants that are plain."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name not in {"RECORDING", "PLACED", "AGENTS"}:
                found[name] = ast.literal_eval(node.value)
    return found


def test_what_is_expected_stands_in_it(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert found.missing == ""
    assert constants(found.text) == {
        "FINAL_STATES": [[0.3, 0.0, 0.0, 3.0], [9.4, 2.2, 0.5, 4.0]],
        "TOLERANCE": 0.01,
        "LOCATION": "x",
    }
    assert 'RECORDING = Path(__file__).parent / "../run.iairec"' in found.text
    assert "AGENTS = [2] * 2" in found.text
    assert 'PLACED = [AgentProperties(agent_type="car")] * 2' in found.text
    assert "MOVED" not in found.text
    assert "random_seed" not in found.text


def test_a_fine_tolerance_has_states_to_the_last_digit(tmp_path: Path) -> None:
    states = [[1 / 3, 0.0, 0.0, 3.0], [9.4, 2.2, 0.5, 4.0]]
    found = written(tmp_path, tolerance=0.0, agent_states=states)
    assert constants(found.text)["FINAL_STATES"] == states


def drive(**fields: Any) -> dict[str, Any]:
    return {**DRIVE, **fields}


def test_a_state_that_the_client_chose_is_sent_again(tmp_path: Path) -> None:
    moved = deepcopy(STATES)
    moved[1][0] = 9.125
    found = written(tmp_path, drive=drive(agent_states=moved, random_seed=3))
    assert constants(found.text)["MOVED"] == {0: {1: [9.125, 2.0, 0.5, 4.0]}}
    assert "random_seed=3," in found.text


INJECTION = 'AgentProperties(x=1); __import__("os").system("true") #'
EXTRAORDINARY: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "initialize was called with no agent_properties of the SDK": (
        {**INITIALIZE, "agent_properties": None}, DRIVE,
    ),
    "initialize was called with no agent_properties": (
        {**INITIALIZE, "agent_properties": [{INJECTION: 1}, {"length": [[1, "x"]]}]}, DRIVE,
    ),
    "initialize was called with a history that is none": (
        {**INITIALIZE, "states_history": {"a": 1}}, DRIVE,
    ),
    "initialize was called with traffic_light_state_history": (
        {**INITIALIZE, "traffic_light_state_history": [{"7": "red"}]}, DRIVE,
    ),
    "drive was called with new \\x85field": (INITIALIZE, drive(**{"new\u2028\x85field": 1})),
    "drive was called with a seed that is no integer": (INITIALIZE, drive(random_seed=[1])),
    "step 1 sends other states of lights": (INITIALIZE, drive(light_recurrent_states=[[9.0, 9.0]])),
    "step 1 has other agent properties": (INITIALIZE, drive(agent_properties=[{}, {}])),
    "step 1 is at another location": (INITIALIZE, drive(location="y")),
    "step 1 has other agents": (
        INITIALIZE,
        drive(**{name: DRIVE[name][:1] for name in ("agent_states", "recurrent_states")}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", EXTRAORDINARY)
def test_a_client_that_does_more_has_a_place_of_its_own(tmp_path: Path, why: str) -> None:
    found = written(tmp_path, *EXTRAORDINARY[why])
    assert found.missing.startswith(why)
    assert 'raise NotImplementedError("call your client here")' in found.text
    assert "invertedai" not in found.text
    assert INJECTION not in found.text


def test_the_command_says_what_is_missing(cli: Cli) -> None:
    written(cli.folder, {**INITIALIZE, "agent_properties": None})
    done = cli.invoke("export", "pytest", "run.iairec", "-o", "test_run.py", "--tolerance", "0.5")
    assert done.exit_code == 0
    assert done.stderr == (
        "iai-proxy: wrote test_run.py: put your client into its run_client(), since initialize was "
        "called with no agent_properties of the SDK\n"
    )
    assert constants((cli.folder / "test_run.py").read_text())["TOLERANCE"] == 0.5


def test_an_agent_that_ends_nowhere_can_not_be_compared(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="step 1 has an agent whose answered state is no place"):
        written(tmp_path, agent_states=[[1e300, 0, 0, 0], STATES[1]])


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ([1.0], (1.0,)), ([1.0, -2], (1.0, -2)), ([], ()), ([[1], ["a", []]], ((1,), ("a", ()))),
        (True, True), ("x", "x"), (1e300, 1e300),
    ],
)  # fmt: skip
def test_lists_of_any_length_are_tuples(value: Any, literal: Any) -> None:
    assert ast.literal_eval(_literal(value)) == literal


@given(st.text())
def test_texts_of_strangers_stay_texts(text: str) -> None:
    literal = _text(text)
    assert ast.literal_eval(literal) == encodable(text)
    assert literal.isprintable()
