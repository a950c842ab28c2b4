"""Commands that are stopped by a signal, as CI, containers and closed terminals do it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals

import pytest
from support.exchanges import exchange
from support.recordings import python, write

from iai_proxy.recordings import verify

#: Runs the command line in a folder, and gets signals when it reads the third call.
STOPPED = """
    import json, os, signal, sys
    from iai_proxy.cli import group
    from iai_proxy.recordings import Recording
    folder, numbers, ignored, words = map(json.loads, sys.argv[1:])
    os.chdir(folder)
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    read = Recording.exchange
    def reading(self, call):
        if call == 3:
            for number in numbers:
                os.kill(os.getpid(), number)
        return read(self, call)
    Recording.exchange = reading
    group(words)
"""
MERGE = ("merge", "run.iairec", "other.iairec", "-o", "new.iairec")


def stopped(
    folder: Path, words: Sequence[str], *numbers: Signals, ignored: Sequence[Signals] = ()
) -> tuple[int, str]:
    for name in ("run.iairec", "other.iairec"):
        write(folder / name, *(exchange(str(number).encode()) for number in range(6)))
    given = map(json.dumps, (str(folder), numbers, ignored, words))
    with python(STOPPED, *given, stderr=subprocess.PIPE) as process:
        _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.parametrize(
    ("words", "number", "code"),
    [
        (MERGE, SIGTERM, 143),
        (("scrub", "run.iairec", "-o", "new.iairec"), SIGHUP, 129),
        (("verify", "run.iairec", "--salvage", "new.iairec"), SIGINT, 130),
        (("export", "har", "run.iairec", "-o", "new.har"), SIGTERM, 143),
    ],
)
def test_a_command_that_is_stopped_leaves_nothing_half_made_and_the_shells_exit_code(
    tmp_path: Path, words: Sequence[str], number: Signals, code: int
) -> None:
    assert stopped(tmp_path, words, number) == (code, f"iai-proxy: stopped by {number.name}\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other.iairec", "run.iairec"]


def test_another_signal_does_not_cut_short_the_cleaning_up(tmp_path: Path) -> None:
    """A terminal that is closed sends SIGHUP, and some send SIGTERM behind it."""
    code, said = stopped(tmp_path, MERGE, SIGTERM, SIGHUP, SIGTERM)
    assert (code, said.count("stopped by")) in {(143, 1), (129, 1)}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other.iairec", "run.iairec"]


def test_under_nohup_a_closed_terminal_stops_nothing(tmp_path: Path) -> None:
    assert stopped(tmp_path, MERGE, SIGHUP, ignored=[SIGHUP]) == (0, "")
    assert verify(tmp_path / "new.iairec").whole
