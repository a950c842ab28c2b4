"""``show``, ``calls`` and inputs that are something else than they should be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import log_of, write_log, write_recording  # type: ignore[import-not-found]
from support.cli import Cli


@pytest.fixture
def run(cli: Cli) -> Cli:
    """A folder with the recording and the debug log of one run: steps 0 to 6."""
    made = mistakes.run(steps=6)
    write_recording(cli.folder / "run.iairec", made)
    write_log(cli.folder / "debug.json", log_of(made))
    return cli


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--step", "99"], "there is no step 99: the recording has steps 0 to 6"),
        (["--sim", "1", "--step", "7"], "there is no step 7: simulation 1 has steps 0 to 6"),
        (["--sim", "2"], "there is no simulation 2: the recording has 1 simulation"),
        (["--step", "-1"], "there is no step -1"),
    ],
)
def test_a_step_that_is_not_there_is_told(run: Cli, options: list[str], sentence: str) -> None:
    done = run.invoke("calls", "run.iairec", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_a_step_that_is_there_is_listed(run: Cli) -> None:
    done = run.invoke("calls", "run.iairec", "--step", "6", "--json")
    listed = json.loads(done.stdout)
    assert [call["step"] for call in listed] == [6]
    lines = run.invoke("calls", "run.iairec").stdout.splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", ["show", "calls", "verify", "replay"])
def test_a_debug_log_in_place_of_a_recording_is_to_be_imported(run: Cli, command: str) -> None:
    done = run.invoke(command, "debug.json")
    assert done.exit_code == 3
    advice = "`iai-proxy import debug.json -o debug.iairec` makes one of it"
    assert advice in done.stderr
    assert run.invoke("import", "debug.json", "-o", "debug.iairec").exit_code == 0
    assert run.invoke("show", "debug.iairec").exit_code == 0


def test_the_recordings_and_logs_in_a_folder_are_diagnosed(run: Cli) -> None:
    deeper = run.folder / "more" / "logs"
    deeper.mkdir(parents=True)
    (run.folder / "debug.json").rename(deeper / "debug.json")
    for name in ("scenario.json", "notes.txt", "empty.json", ".hidden.json"):
        (run.folder / name).write_text("" if "empty" in name else '{"scenario_log": {}}')
    done = run.invoke("diagnose", ".", "--format", "json")
    assert done.exit_code == 0, done.stderr
    files = [egos["file"] for egos in json.loads(done.stdout)["summary"]["egos"]]
    assert files == [str(Path("more", "logs", "debug.json")), "run.iairec"]


def test_a_folder_with_nothing_to_diagnose_is_an_input_that_can_not_be_read(run: Cli) -> None:
    (run.folder / "empty").mkdir()
    done = run.invoke("diagnose", "empty", "run.iairec")
    assert done.exit_code == 3
    told = [line for line in done.stdout.splitlines() if "empty" in line]
    assert told == ["no recording and no debug log is in the folder empty, nor below it"]
    assert "run.iairec:" in done.stdout


def test_what_can_not_be_read_is_said_once_where_both_outputs_are_one(run: Cli) -> None:
    script = '"$0" -m iai_proxy diagnose nodir 2>&1'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        cwd=run.folder,
        env=run.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    sentence = "can't read nodir (No such file or directory): give a recording or a debug log"
    assert [line for line in done.stdout.splitlines() if line] == [sentence]
    assert done.returncode == 3


def test_a_finding_names_its_call_wherever_it_is_told(cli: Cli) -> None:
    def rounded(request: dict[str, list[list[float]]]) -> None:
        request["recurrent_states"] = [
            [round(number, 4) for number in row] for row in request["recurrent_states"]
        ]

    made = mistakes.run(mistakes.always(rounded), steps=6)
    write_recording(cli.folder / "run.iairec", made)
    command = ("diagnose", "run.iairec", "--select", "203", "--format")
    (finding,) = json.loads(cli.invoke(*command, "json").stdout)["findings"]
    assert (finding["step"], finding["call"]) == (1, 3)  # after location_info and initialize
    assert json.loads(cli.invoke("call", "run.iairec", "3", "--json").stdout)["endpoint"] == "drive"
    assert "steps 1-6; from call 3" in cli.invoke(*command, "text").stdout
    assert "steps 1-6, from call 3" in cli.invoke(*command, "junit").stdout
    (result,) = json.loads(cli.invoke(*command, "sarif").stdout)["runs"][0]["results"]
    assert result["properties"]["call"] == 3
