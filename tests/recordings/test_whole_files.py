"""New recordings that appear complete under their name, or not at all."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import python

from iai_proxy.api import Exchange
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.recordings.whole_files import new_recording
from iai_proxy.recordings.writer import RecordingFailedError


def test_a_new_recording_has_its_name_once_it_is_complete(path: Path) -> None:
    with new_recording(path) as writer:
        writer.append(exchange).result(20)
        assert not path.exists()
    with Recording(path) as recording:
        assert len(recording) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_what_is_broken_off_and_what_is_queued_is_not_written(
    path: Path, error: type[BaseException]
) -> None:
    """A call that is being made takes its time; 1,000 more are queued behind it."""
    begun, may_end = threading.Event(), threading.Event()
    writers, queued = [], []

    def slow() -> Exchange:
        begun.set()
        assert may_end.wait(20)
        return exchange()

    def broken_off() -> None:
        with new_recording(path) as writer:
            writers.append(writer)
            queued.extend([writer.append(slow), *(writer.append(exchange) for _ in range(1000))])
            assert begun.wait(20)
            threading.Timer(0.05, may_end.set).start()
            raise error

    with pytest.raises(error):
        broken_off()
    assert list(path.parent.iterdir()) == []
    assert writers[0].committed <= 1
    with pytest.raises(RecordingFailedError, match="is abandoned"):
        queued[-1].result(20)


def test_what_is_abandoned_is_neither_packed_nor_folded_in(path: Path) -> None:
    writer = RecordingWriter(path)
    queued = [writer.append(partial(exchange, bytes(999))) for _ in range(200)]
    queued[100].result(20)
    writer.abandon()
    writer.abandon()
    assert writer.unpacked
    assert path.with_name(f"{path.name}-wal").stat().st_size
    with RecordingWriter(path, append=True) as again:  # it was released
        assert again.append(exchange).result(20) > 100


#: Makes a new recording, and waits before it is complete.
MAKING = """
    import sys
    from pathlib import Path
    from support.exchanges import exchange
    from iai_proxy.recordings.whole_files import new_recording
    with new_recording(Path(sys.argv[1])) as writer:
        writer.append(exchange).result()
        print("ready", flush=True)
        sys.stdin.readline()
"""


def test_what_a_killed_command_has_left_goes_with_the_next_and_what_another_makes_stays(
    path: Path,
) -> None:
    with python(MAKING, path) as killed, python(MAKING, path) as other:
        for process in (killed, other):
            assert process.stdout
            process.stdout.readline()
        killed.kill()
        killed.wait()
        left = {file.name for file in path.parent.iterdir()}
        with new_recording(path.with_name("else.iairec")) as writer:
            writer.append(exchange).result(20)
        assert left < {file.name for file in path.parent.iterdir()}  # of another file
        path.with_name("else.iairec").unlink()
        with pytest.raises(ZeroDivisionError), new_recording(path):
            raise ZeroDivisionError
        kept = {file.name for file in path.parent.iterdir()}
        assert kept < left
        assert len({name[: len(".run.iairec-01234567")] for name in kept}) == 1
        other.communicate("\n", timeout=20)
        assert other.returncode == 0
    assert list(path.parent.iterdir()) == [path]
    with Recording(path) as recording:
        assert len(recording) == 1
