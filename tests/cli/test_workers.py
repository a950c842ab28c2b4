"""How far many recordings are is shown on a terminal, and nowhere else."""

from __future__ import annotations

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import write_recording  # type: ignore[import-not-found]
from support.cli import COMMAND, Cli
from support.terminal import Terminal


@pytest.fixture
def runs(cli: Cli) -> Cli:
    for name in ("a", "b", "c"):
        write_recording(cli.folder / f"{name}.iairec", mistakes.run(steps=2))
    return cli


def test_a_bar_shows_how_far_it_is(runs: Cli) -> None:
    command = [*COMMAND, "diagnose", ".", "-j", "2", "-o", "found.txt"]
    terminal = Terminal(command, runs.environment, runs.folder)
    terminal.until("100%")
    assert terminal.end() == 0
    assert b"diagnosing" in terminal.written


def test_lines_that_are_seen_as_they_come_need_no_bar(runs: Cli) -> None:
    terminal = Terminal([*COMMAND, "show", "."], runs.environment, runs.folder)
    terminal.until("3 recordings: ")
    assert terminal.end() == 0
    assert b"%" not in terminal.written


def test_a_file_and_a_pipe_get_the_lines_alone(runs: Cli) -> None:
    done = runs.run("show", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("recording ")
