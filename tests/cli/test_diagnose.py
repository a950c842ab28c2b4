"""``iai-proxy diagnose``: formats, exit codes, bad input of every kind; checks of ``record``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import log_of, write_log, write_recording  # type: ignore[import-not-found]
from support.cli import COMMAND, Cli

from iai_proxy.cli import group
from iai_proxy.sandbox.server import Sandbox


def diagnose(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, ["diagnose", *map(str, arguments)])


def findings(result: Result) -> list[dict[str, Any]]:
    value: dict[str, Any] = json.loads(result.stdout)
    return list(value["findings"])


def rounded(request: dict[str, Any]) -> None:
    request["recurrent_states"] = [
        [round(number, 4) for number in row] for row in request["recurrent_states"]
    ]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "sound.iairec", mistakes.run(steps=6))


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    return write_recording(
        tmp_path / "spoilt.iairec", mistakes.run(mistakes.always(rounded), steps=6)
    )


def test_a_sound_run_has_no_findings_and_exit_code_0(sound: Path) -> None:
    result = diagnose(sound, "--fail-on", "info", "--ignore", "302")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sound.iairec" in result.stdout


def test_what_a_client_does_wrong_is_told_with_its_steps(spoilt: Path) -> None:
    result = diagnose(spoilt)
    assert result.exit_code == 0
    assert "IAI203 recurrent-rounded: steps 1-6" in result.stdout


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "error"], 0),
        (["--fail-on", "info"], 1),
        (["--fail-on", "warning"], 1),
        (["--fail-on", "203"], 1),
        (["--fail-on", "IAI203"], 1),
        (["--fail-on", "recurrent-rounded"], 1),
        (["--fail-on", "11"], 0),
        (["--fail-on", "warning", "--ignore", "203"], 0),
        (["--fail-on", "warning", "--select", "11,204"], 0),
        (["--fail-on", "warning", "--select", "11,203"], 1),
        (["--fail-on", "dreadful"], 2),
        (["--fail-on", "999"], 2),
        (["--fail-on", "203", "--select", "11"], 2),
        (["--fail-on", "11,203", "--ignore", "203"], 2),
        (["--select", "203", "--ignore", "203"], 2),
        (["--select", "nothing"], 2),
        (["--ego", "x"], 2),
        (["--ego", "-1"], 2),
        (["--format", "sdk", "--fail-on", "error"], 2),
    ],
)
def test_the_exit_code_says_whether_the_check_that_was_asked_for_failed(
    options: list[str], code: int, spoilt: Path, cli: Cli
) -> None:
    assert cli.invoke("diagnose", spoilt, *options).exit_code == code


def test_json_has_the_fields_of_the_contract(spoilt: Path) -> None:
    result = diagnose(spoilt, "--format", "json", "--select", "203")
    (found,) = findings(result)
    assert {
        name: found[name]
        for name in ("code", "name", "severity", "file", "simulation", "step", "last_step")
    } == {
        "code": 203,
        "name": "recurrent-rounded",
        "severity": "warning",
        "file": str(spoilt),
        "simulation": 1,
        "step": 1,
        "last_step": 6,
    }
    assert {"agents", "value", "message", "help"} <= set(found)


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "sdk"])
def test_every_format_can_be_written_to_a_file(form: str, spoilt: Path, tmp_path: Path) -> None:
    result = diagnose(spoilt, "--format", form, "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "spoilt.iairec" in (tmp_path / "out").read_text() or form == "sdk"
    assert len((tmp_path / "out").read_text()) > 50


def test_output_that_cant_be_written_is_wrong_usage(spoilt: Path, tmp_path: Path) -> None:
    result = diagnose(spoilt, "-o", tmp_path / "no" / "folder")
    assert result.exit_code == 2
    assert "can't write" in result.stderr


def test_egos_are_named_or_inferred_and_said_so(tmp_path: Path) -> None:
    def overwrite(request: dict[str, Any]) -> None:
        request["agent_states"][1][0] += 0.5

    path = write_recording(
        tmp_path / "run.iairec", mistakes.run(mistakes.always(overwrite), agents=4, steps=8)
    )
    inferred = diagnose(path)
    assert "agent 1, inferred" in inferred.stdout
    assert "IAI011" not in inferred.stdout
    named = diagnose(path, "--ego", "1")
    assert "inferred" not in named.stdout
    assert "IAI011" not in named.stdout
    assert "IAI011" in diagnose(path, "--ego", "none").stdout
    summary = json.loads(diagnose(path, "--format", "json").stdout)["summary"]
    simulations = [{"simulation": 1, "agents": [1]}]
    assert summary["egos"] == [
        {"file": str(path), "agents": [1], "inferred": True, "simulations": simulations}
    ]
    stranger = diagnose(path, "--ego", "1,99")
    assert stranger.exit_code == 0
    assert "no step has an agent 99 (--ego): the largest has agents 0 to 3" in stranger.stderr


# --- What was asked for can't be done, or would do harm.


@pytest.mark.parametrize("others", [True, False])
def test_a_report_replaces_no_recording(others: bool, sound: Path, spoilt: Path) -> None:
    before = spoilt.read_bytes()
    result = diagnose(sound if others else spoilt, "-o", spoilt)
    assert (result.exit_code, spoilt.read_bytes()) == (2, before)
    assert "is a recording, which can't be made again: give -o another name" in result.stderr


def test_a_report_replaces_no_log_that_it_is_of_but_an_older_report(
    spoilt: Path, tmp_path: Path
) -> None:
    log = write_log(tmp_path / "log.json", log_of(mistakes.run(steps=2)))
    assert diagnose(log, "-o", log).exit_code == 2
    report = tmp_path / "report.txt"
    assert [diagnose(spoilt, "-o", report).exit_code for _ in range(2)] == [0, 0]
    assert "IAI203" in report.read_text()


@pytest.mark.parametrize("option", ["--fail-on", "--select"])
@pytest.mark.parametrize("value", ["", " , "])
def test_a_variable_that_is_empty_switches_no_gate_off(
    option: str, value: str, spoilt: Path
) -> None:
    result = diagnose(spoilt, option, value)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"iai-proxy: {option} names n")


def test_a_settings_file_sets_what_the_flags_do(spoilt: Path, tmp_path: Path) -> None:
    settings = tmp_path / "c.toml"
    settings.write_text(
        '[diagnose]\nfail-on = "warning"\nselect = ["203", "302"]\nformat = "junit"\n'
    )
    result = diagnose(spoilt, "--config", settings)
    assert result.exit_code == 1
    assert 'tests="2" failures="1"' in result.stdout


@pytest.mark.parametrize(
    ("table", "flags"),
    [
        ("ego = 0", ["--ego", "0"]),
        ("ego = [0, 2]", ["--ego", "0", "--ego", "2"]),
        ('ego = "0,2"', ["--ego", "0,2"]),
        ('ego = "none"', ["--ego", "none"]),
        ('select = "203,302"', ["--select", "203,302"]),
        ("ego = []", ["--ego", "none"]),
        ("ignore = []", []),
        ("select = [203]\nfail-on = 203", ["--select", "203", "--fail-on", "203"]),
        ("fail-on = [11, 203]", ["--fail-on", "11,203"]),
        ('fail-on = ["11", "IAI203"]', ["--fail-on", "11,203"]),
    ],
)
def test_a_settings_file_takes_what_is_natural_there(
    table: str, flags: list[str], spoilt: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "c.toml"
    settings.write_text(f"[diagnose]\n{table}\n")
    from_file, from_flags = diagnose(spoilt, "--config", settings), diagnose(spoilt, *flags)
    assert (from_file.exit_code, from_file.stdout) == (from_flags.exit_code, from_flags.stdout)
    assert from_flags.exit_code == (1 if "--fail-on" in flags else 0)


@pytest.mark.parametrize("key", ["select", "fail-on"])
def test_a_settings_file_that_names_no_check_switches_no_gate_off(
    key: str, spoilt: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "c.toml"
    settings.write_text(f"[diagnose]\n{key} = []\n")
    result = diagnose(spoilt, "--config", settings)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"iai-proxy: {settings}: [diagnose] {key} is []: ")


def test_what_fail_on_takes_is_said(spoilt: Path) -> None:
    for value in ("bogus", "ERROR", "error,203"):
        result = diagnose(spoilt, "--fail-on", value)
        assert result.exit_code == 2
        assert result.stderr.removeprefix("iai-proxy: ").startswith(
            "--fail-on takes either error, warning or info, or a list of checks: "
        )


def test_a_pipe_is_refused_in_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = diagnose(tmp_path / "pipe")
    assert result.exit_code == 3
    assert (
        "is no file but a pipe or a device: write what comes from it into a file first"
        in result.stderr
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_standard_output_is_told_in_a_sentence(cli: Cli, spoilt: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "diagnose", spoilt],
            stdout=full,
            stderr=subprocess.PIPE,
            env=cli.environment,
            check=False,
        )
    assert done.returncode == 2
    said = "iai-proxy: can't write to standard output: No space left on device"
    assert done.stderr.decode().splitlines() == [said]


# --- Bad input: a sentence each, exit code 3, and the others are diagnosed.


def cut(path: Path, spoilt_log: str) -> None:
    path.write_text(spoilt_log[: len(spoilt_log) // 2])


BAD: dict[str, Any] = {
    "empty file": (lambda path: path.write_bytes(b""), "is empty"),
    "folder": (lambda path: path.mkdir(), "no recording and no debug log is in the folder"),
    "missing": (lambda path: None, "No such file"),
    "no JSON": (
        lambda path: path.write_text("hello"),
        "is not a debug log: it begins with 'hello', not with '{'",
    ),
    "another JSON": (
        lambda path: path.write_text('{"a": [1]}'),
        "none of its keys ends in '_requests'",
    ),
    "damaged recording": (
        lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(200)),
        "not a recording",
    ),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "sdk"])
def test_an_input_that_cant_be_read_is_named_and_the_others_are_diagnosed(
    kind: str, form: str, spoilt: Path, tmp_path: Path
) -> None:
    make, sentence = BAD[kind]
    bad = tmp_path / "bad.json"
    make(bad)
    result = diagnose(bad, spoilt, "--format", form)
    assert result.exit_code == 3
    lines = [line for line in result.stderr.splitlines() if str(bad) in line]
    assert len(lines) == 1
    assert form == "sdk" or sentence in lines[0]
    assert "Traceback" not in result.stderr
    assert {"sdk": "=====", "sarif": "IAI203"}.get(form, "203") in result.stdout


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda log: log["drive_responses"].pop(), "drive has 6 requests and 5 responses"),
        (lambda log: log["drive_requests"].__setitem__(1, "x"), "drive request 2 is no JSON"),
        (lambda log: log.pop("drive_responses"), "drive has 6 requests and 0 responses"),
        (
            lambda log: log["drive_responses"].__setitem__(5, "{}"),
            "drive response 6 has no agent_states",
        ),
    ],
)
def test_a_log_with_a_fault_is_diagnosed_as_far_as_it_goes(
    change: Any, sentence: str, tmp_path: Path
) -> None:
    def half(step: int, request: dict[str, Any]) -> None:
        if step == 1:
            rounded(request)

    log = log_of(mistakes.run(half, steps=6))
    change(log)
    path = write_log(tmp_path / "log.json", log)
    result = diagnose(path, "--format", "json", "--fail-on", "info")
    assert result.exit_code == 3
    assert sentence in result.stderr
    assert str(path) in result.stderr
    assert json.loads(result.stdout)["summary"]["steps"] > 0
    assert sentence in diagnose(path).stdout


def test_of_a_log_that_a_crash_cut_off_the_readable_part_is_diagnosed_and_the_cut_named(
    tmp_path: Path,
) -> None:
    whole = json.dumps(log_of(mistakes.run(mistakes.always(rounded), steps=6)))
    path = tmp_path / "log.json"
    path.write_text(
        whole[: whole.index("drive_responses") + (len(whole) - whole.index("drive_responses")) // 2]
    )
    result = diagnose(path, "--format", "json")
    assert result.exit_code == 3
    assert "the log ends at byte" in result.stderr
    assert "drive_responses item" in result.stderr
    codes = {one["code"] for one in findings(result)}
    assert 203 in codes
    assert 301 not in codes  # the answers that are missing stood behind the cut


def test_several_inputs_are_told_apart(sound: Path, spoilt: Path) -> None:
    result = diagnose(sound, spoilt, "--format", "json", "--select", "203")
    assert {one["file"] for one in findings(result)} == {str(spoilt)}
    assert json.loads(result.stdout)["summary"]["files"] == 2


def test_the_lines_of_the_sdks_tool_stand_under_their_file_where_there_are_several(
    sound: Path, spoilt: Path
) -> None:
    alone = [diagnose(path, "--format", "sdk").stdout for path in (sound, spoilt)]
    both = diagnose(sound, spoilt, "--format", "sdk").stdout
    assert both == f"{sound}:\n{alone[0]}{spoilt}:\n{alone[1]}"


# --- Real runs: the recording, the log that we make of it, and the log that the SDK writes, say the
# same.

LARGE = """
import invertedai as iai
from invertedai.common import AgentType

regions = iai.get_regions_default("sandbox:grid", agent_count_dict={AgentType.car: 60},
                                  area_shape=(100, 100), random_seed=5)
response = iai.large_initialize("sandbox:grid", regions, random_seed=5, display_progress_bar=False)
properties = response.agent_properties
for step in range(4):
    response = iai.large_drive(
        "sandbox:grid", agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        random_seed=step, single_call_agent_limit=25, async_api_calls=False)
"""


@pytest.mark.parametrize("program", ["plain", "large"])
def test_the_sdks_own_log_gives_what_the_recording_gives(
    program: str, cli: Cli, sandbox: Sandbox
) -> None:
    pytest.importorskip("invertedai")
    (cli.folder / "client.py").write_text(LARGE if program == "large" else client())
    done = cli.run(
        "record", "-o", "run.iairec", "--upstream", sandbox.url, "--logs", "ours",
        "--", sys.executable, "client.py",
        env={"IAI_API_KEY": "key", "IAI_LOGGER_PATH": str(cli.folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (theirs,), (ours,) = cli.folder.glob("iai_log*.json"), cli.folder.glob("ours/iai_log*.json")
    for path in (cli.folder / "run.iairec", theirs, ours):
        result = diagnose(path, "--format", "json", "--ignore", "302,320,321,304")
        assert (result.exit_code, findings(result)) == (0, []), path
        assert json.loads(result.stdout)["summary"]["steps"] == (5 if program == "large" else 9)


# --- Live.

CLIENT = """
import invertedai as iai
from invertedai.common import AgentProperties

cars = [AgentProperties(agent_type="car") for _ in range(5)]
response = iai.initialize("sandbox:grid", agent_properties=cars, random_seed=1)
properties = response.agent_properties
mistake, egos = MISTAKE_EGOS
for step in range(8):
    recurrent = response.recurrent_states
    if mistake:
        for state in recurrent:
            state.packed = [round(number, 3) for number in state.packed]
    for state in response.agent_states[:egos]:
        state.center.x += 0.02
    response = iai.drive(
        "sandbox:grid", agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=recurrent, light_recurrent_states=response.light_recurrent_states,
        random_seed=step + 2)
"""


def client(mistake: bool = False, egos: int = 0) -> str:
    """A program that rounds recurrent states, or not, and drives its first agents itself."""
    return CLIENT.replace("MISTAKE_EGOS", f"{mistake}, {egos}")


def record(cli: Cli, sandbox: Sandbox, mistake: bool, *options: str, egos: int = 0) -> str:
    pytest.importorskip("invertedai")
    (cli.folder / "client.py").write_text(client(mistake, egos))
    done = cli.run(
        "record", "-o", "run.iairec", "--upstream", sandbox.url, *options,
        "--", sys.executable, "client.py",
        env={"IAI_API_KEY": "key"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_record_shows_a_finding_once_and_a_summary_at_the_end(cli: Cli, sandbox: Sandbox) -> None:
    said = record(cli, sandbox, True)
    assert said.count("IAI203 recurrent-rounded, simulation 1, step 1:") == 1
    assert "checks found 1 warning" in said
    assert "iai-proxy diagnose run.iairec" in said


def test_record_says_nothing_of_a_sound_run(cli: Cli, sandbox: Sandbox) -> None:
    said = record(cli, sandbox, False)
    assert "error IAI" not in said
    assert "warning IAI" not in said
    assert [path.name for path in cli.folder.glob("run.iairec*")] == ["run.iairec"]


def test_record_without_checks_says_nothing(cli: Cli, sandbox: Sandbox) -> None:
    assert "IAI203" not in record(cli, sandbox, True, "--no-check")


def test_record_knows_the_egos_that_are_named_and_makes_the_checks_that_are_chosen(
    cli: Cli, sandbox: Sandbox
) -> None:
    """Three egos of five agents are too many to be inferred."""
    said = record(cli, sandbox, True, "--ego", "0,1,2", "--ignore", "recurrent-rounded", egos=3)
    assert "warning IAI" not in said
    (cli.folder / "run.iairec").unlink()
    said = record(cli, sandbox, True, "--select", "11,203", "--ego", "0", "--ego", "2", egos=3)
    assert (
        "IAI011 agent-state-modified, simulation 1, step 1: the client changed the state of "
        "agent 1, by up to 0.02 m" in said
    )
    assert "checks found 2 warnings (IAI011, IAI203)" in said
    assert "`iai-proxy diagnose run.iairec --ego 0,2 --select 11,203` shows all" in said


def test_without_checks_nothing_can_be_chosen_of_them_save_by_a_file_for_all_runs(
    cli: Cli, sandbox: Sandbox
) -> None:
    done = cli.invoke("record", "--no-check", "--ego", "0", "--select", "11", "--", "true")
    assert done.exit_code == 2
    assert "--no-check checks nothing: leave out --ego and --select, or --no-check" in done.stderr
    (cli.folder / "c.toml").write_text("[record]\nego = [0]\n")
    assert "IAI" not in record(cli, sandbox, True, "--no-check", "--config", "c.toml")


def test_an_ego_that_no_agent_has_is_told_when_recording_too(cli: Cli, sandbox: Sandbox) -> None:
    said = record(cli, sandbox, False, "--ego", "0", "--ego", "5", egos=1)
    assert "no step has an agent 5 (--ego): the largest has agents 0 to 4" in said


def test_replays_variable_for_fields_is_not_taken_for_checks(cli: Cli, spoilt: Path) -> None:
    done = cli.invoke(
        "diagnose", str(spoilt), "--fail-on", "203", env={"IAI_PROXY_IGNORE": "random_seed"}
    )
    assert done.exit_code == 1, done.stderr
    done = cli.invoke(
        "diagnose", str(spoilt), "--fail-on", "warning", env={"IAI_PROXY_IGNORE_CHECKS": "203"}
    )
    assert done.exit_code == 0, done.stderr
