"""Live checks in a process of their own: findings arrive, and it ends when it should."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import exchanges_of, write_recording

from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.live_process import LiveChecksProcess, pause_after
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.recordings import RecordingWriter


def rounded(request: dict[str, list[list[float]]]) -> None:
    request["recurrent_states"] = [
        [round(number, 4) for number in state] for state in request["recurrent_states"]
    ]


#: Recurrent states are rounded from step 1 to 12: check 203.
ROUNDED = mistakes.run(mistakes.always(rounded), steps=12)


#: Seconds that a process of the lowest priority may take on a busy machine.
PATIENCE_S = 120


def child_of(pid: int) -> psutil.Process:
    """Return the process of the checks; a test's own process may have other children."""
    (child,) = (
        child
        for child in psutil.Process(pid).children()
        if "iai_proxy.diagnosis.live_process" in child.cmdline()
    )
    return child


def record(path: Path) -> RecordingWriter:
    writer = RecordingWriter(path)
    for exchange in exchanges_of(ROUNDED):
        writer.append(lambda exchange=exchange: exchange).result()
    return writer


def test_a_finding_is_told_once_while_the_recording_is_still_written(tmp_path: Path) -> None:
    told: queue.Queue[Located] = queue.Queue()
    path = tmp_path / "run.iairec"
    with LiveChecksProcess(path, ALL, told.put) as process:
        with record(path):
            located = told.get(timeout=PATIENCE_S)
            process.let_go()
        result = process.finish()
    assert (located.check.code, located.finding.step) == (203, 1)
    assert told.empty()
    steps = [(found.finding.step, found.finding.last_step) for found in result.results.located]
    assert (1, 12) in steps
    assert (result.results.steps, result.results.faults, result.left_out) == (13, [], 0)
    assert [found.name for found in tmp_path.iterdir()] == ["run.iairec"]


def test_what_there_was_no_time_for_is_looked_at_in_the_end(tmp_path: Path) -> None:
    told: list[Located] = []
    path = tmp_path / "run.iairec"
    with LiveChecksProcess(path, ALL, told.append) as process:
        record(path).close()
        assert process.finish().results.steps == 13
    assert [located.check.code for located in told] == [203]


def test_what_a_continued_recording_held_before_is_not_looked_at(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "run.iairec", ROUNDED)
    told: list[Located] = []
    with LiveChecksProcess(path, ALL, told.append) as process:
        with RecordingWriter(path, append=True) as writer:
            for exchange in exchanges_of(mistakes.run(steps=3)):
                writer.append(lambda exchange=exchange: exchange)
        result = process.finish()
    assert told == []
    assert result.results.steps == 4


def test_what_was_told_stands_where_the_process_is_killed(tmp_path: Path) -> None:
    told: queue.Queue[Located] = queue.Queue()
    path = tmp_path / "run.iairec"
    with LiveChecksProcess(path, ALL, told.put) as process, record(path):
        child = child_of(os.getpid())
        located = told.get(timeout=PATIENCE_S)
        child.kill()
        result = process.finish()
    assert result.results.located == [located]
    (fault,) = result.results.faults
    assert fault == ("the checks ended early (exit code -9): `iai-proxy diagnose` makes them all")


@pytest.mark.parametrize(("look_s", "pause_s"), [(0.0, 1.0), (0.1, 1.0), (0.5, 4.5), (2.0, 18.0)])
def test_looking_takes_a_tenth_of_a_processor_at_most(look_s: float, pause_s: float) -> None:
    assert pause_after(look_s) == pytest.approx(pause_s)


def test_it_has_the_lowest_priority(tmp_path: Path) -> None:
    told: queue.Queue[Located] = queue.Queue()
    path = tmp_path / "run.iairec"
    with LiveChecksProcess(path, ALL, told.put), record(path):
        told.get(timeout=PATIENCE_S)
        assert child_of(os.getpid()).nice() == 19


#: Starts live checks, says so, and when something is found; then waits.
PARENT = """
import sys, time
from pathlib import Path
from iai_proxy.diagnosis.live_process import LiveChecksProcess
from iai_proxy.diagnosis.registry import ALL
with LiveChecksProcess(Path(sys.argv[1]), ALL, lambda _: print("found", flush=True)):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path, number: int) -> None:
    path = tmp_path / "run.iairec"
    command = [sys.executable, "-c", PARENT, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "ready\n"
        with record(path):
            assert parent.stdout.readline() == "found\n"
            child = child_of(parent.pid)
            parent.send_signal(number)
    child.wait(PATIENCE_S)
