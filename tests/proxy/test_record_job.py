"""A recording that is open while a proxy writes into it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from random import randbytes

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import UsageError
from iai_proxy.proxy.map_calls import MapCalls
from iai_proxy.proxy.record_job import open_recording
from iai_proxy.recordings import Recording, pack_file
from iai_proxy.session.notices import Notices
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.text import size

NOTICES = Notices(lambda text: None)


def made(path: Path, calls: int, *, append: bool = False) -> int:
    """Record into a file, and return how many calls the job counted."""
    settings = RecordSettings(output=path, append=append)
    with open_recording(settings, None, {}, NOTICES) as job:
        for _ in range(calls):
            job.writer.append(exchange).result(20)
    return job.recorded


def test_a_new_recording_without_calls_is_not_in_the_way_of_the_next_try(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    assert made(path, 0) == 0
    assert list(tmp_path.iterdir()) == []
    assert made(path, 2) == 2
    assert path.exists()


def test_one_that_is_continued_stays_though_nothing_was_added(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    assert made(path, 0, append=True) == 0
    with Recording(path) as recording:
        assert len(recording) == 1


def broken_after(number: int) -> None:
    raise ZeroDivisionError(number)


def test_what_was_recorded_stays_where_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with (
        pytest.raises(ZeroDivisionError),
        open_recording(RecordSettings(output=path), None, {}, NOTICES) as job,
    ):
        broken_after(job.writer.append(exchange).result(20))
    with Recording(path) as recording:
        assert len(recording) == 1


def test_a_recording_that_is_there_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    before = path.read_bytes()
    with pytest.raises(UsageError, match="--append"):
        made(path, 1)
    assert path.read_bytes() == before


@pytest.mark.parametrize("maps", [False, True])
def test_maps_are_asked_for_before_the_recorder_sends_calls_elsewhere(
    tmp_path: Path, maps: bool
) -> None:
    settings = RecordSettings(output=tmp_path / "run.iairec", maps=maps)
    with open_recording(settings, None, {}, NOTICES) as job:
        kinds = [type(addon) for addon in job.addons()]
    assert (MapCalls in kinds) is maps
    if maps:
        assert kinds.index(MapCalls) < kinds.index(type(job.recorder))


def test_a_log_that_could_not_be_folded_in_is_counted_and_named(tmp_path: Path) -> None:
    """Another program reads the file when the recording ends; a full disk leaves the same."""
    path = tmp_path / "run.iairec"
    log = tmp_path / "run.iairec-wal"
    with ExitStack() as stack:
        settings = RecordSettings(output=path)
        with open_recording(settings, None, {}, NOTICES) as job:
            job.writer.append(exchange).result(20)
            reader = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM exchange").fetchone()
            job.writer.append(lambda: exchange(randbytes(300_000))).result(20)
        said = list(job.summary())
        together = path.stat().st_size + log.stat().st_size
        assert log.stat().st_size > 300_000
        shutil.copy(path, tmp_path / "copy.iairec")
        shutil.copy(log, tmp_path / "copy.iairec-wal")
    assert said[0] == f"recorded 2 calls into {path} ({size(together)})"
    assert said[1].startswith(f"{log} is a part of it")
    assert f"`iai-proxy pack {path}`" in said[1]
    packed = pack_file(tmp_path / "copy.iairec")
    assert packed.bytes_before == together
    assert not (tmp_path / "copy.iairec-wal").exists()
    with Recording(tmp_path / "copy.iairec") as recording:
        assert len(recording) == 2


def test_without_one_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with open_recording(RecordSettings(output=path), None, {}, NOTICES) as job:
        job.writer.append(exchange).result(20)
    said = list(job.summary())
    assert said[0] == f"recorded 1 call into {path} ({size(path.stat().st_size)})"
    assert not any("-wal" in line for line in said)
