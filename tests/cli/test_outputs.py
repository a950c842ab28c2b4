"""No command writes over a recording: it can't be made again."""

from __future__ import annotations

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import log_of, write_log, write_recording  # type: ignore[import-not-found]
from support.cli import Cli

SENTENCE = "run.iairec is a recording, which can't be made again: give -o another name"


@pytest.fixture
def run(cli: Cli) -> Cli:
    made = mistakes.run(steps=2)
    write_recording(cli.folder / "run.iairec", made)
    write_log(cli.folder / "debug.json", log_of(made))
    return cli


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "debug-log", "run.iairec"),
        ("export", "scenario", "run.iairec"),
        ("export", "har", "run.iairec"),
        ("export", "mcap", "run.iairec"),
        ("export", "pytest", "run.iairec"),
        ("diagnose", "debug.json"),
        ("diagnose", "debug.json", "--format", "sdk"),
        ("render", "run.iairec", "--format", "html"),
        ("render", "run.iairec", "--format", "png"),
        ("diff", "run.iairec", "run.iairec"),
        ("diff", "run.iairec", "run.iairec", "--format", "html"),
    ],
)
def test_an_output_replaces_no_recording(run: Cli, arguments: tuple[str, ...]) -> None:
    before = (run.folder / "run.iairec").read_bytes()
    done = run.invoke(*arguments, "-o", "run.iairec")
    assert (done.exit_code, done.stdout) == (2, "")
    assert SENTENCE in done.stderr
    assert (run.folder / "run.iairec").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [("import", "debug.json", "-o"), ("verify", "run.iairec", "--salvage"), ("record", "-o")],
)
def test_what_makes_a_recording_replaces_nothing_at_all(
    run: Cli, arguments: tuple[str, ...]
) -> None:
    before = (run.folder / "run.iairec").read_bytes()
    client = ("--", "true") if arguments[0] == "record" else ()
    done = run.run(*arguments, "run.iairec", *client)
    assert done.returncode == 2
    assert "run.iairec exists" in done.stderr
    assert (run.folder / "run.iairec").read_bytes() == before
