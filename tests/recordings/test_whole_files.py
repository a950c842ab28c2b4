"""New recordings that appear complete under their name, or not at all."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from support.exchanges import exchange

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
