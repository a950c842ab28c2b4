"""Packing in a process of its own: what becomes of it when processes die, at any moment."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from support.exchanges import exchange
from support.recordings import change, python, rows, write

from iai_proxy.api import Exchange
from iai_proxy.recordings import Recording, RecordingWriter, verify

#: More than are packed without a process, in seconds that a busy machine may take.
MANY = 12
PATIENCE_S = 120


def call(number: int) -> Exchange:
    return exchange(f'{{"number":{number},"text":"{"again " * 4000}"}}'.encode(), b"answer" * 4000)


def append(writer: RecordingWriter, number: int) -> int:
    return writer.append(lambda: call(number)).result(PATIENCE_S)


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def children(process: int | None = None) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process).children():
        try:
            if "iai_proxy.recordings.packing_child" in child.cmdline():
                found.append(child)
        except psutil.Error:  # it has just ended
            continue
    return found


def packed(path: Path) -> int:
    (count,) = rows(path, "SELECT count(*) FROM request_key")[0]
    assert isinstance(count, int)
    return count


def assert_whole(path: Path, count: int) -> None:
    """Every call is there as it was, and nothing but the recording."""
    assert verify(path).problems == ()
    with Recording(path) as recording:
        assert [stored.request.body for stored in recording.exchanges()] == [
            call(number).request.body for number in range(count)
        ]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@contextmanager
def packing(path: Path) -> Iterator[tuple[RecordingWriter, psutil.Process]]:
    """A writer whose process runs, after :data:`MANY` calls."""
    with RecordingWriter(path, packs_beside=True) as writer:
        for number in range(MANY):
            append(writer, number)
        eventually(children)
        (child,) = children()
        yield writer, child


def test_calls_are_packed_while_the_client_pauses(path: Path) -> None:
    with packing(path) as (writer, _):
        eventually(lambda: packed(path) == MANY)
        append(writer, MANY)
        eventually(lambda: packed(path) == MANY + 1)
    assert rows(path, "SELECT count(*) FROM body WHERE codec = 'raw'") == [(0,)]
    assert_whole(path, MANY + 1)
    assert not children()


def test_the_process_has_the_lowest_priority(path: Path) -> None:
    with packing(path) as (_, child):
        eventually(lambda: child.nice() == 19)


def test_a_few_calls_need_no_process(path: Path) -> None:
    with RecordingWriter(path, packs_beside=True) as writer:
        for number in range(3):
            append(writer, number)
        time.sleep(0.1)
        assert not children()
    assert packed(path) == 3
    assert_whole(path, 3)


@pytest.mark.parametrize("count", [11, 60])
def test_a_small_recording_is_packed_however_soon_it_is_closed(path: Path, count: int) -> None:
    with RecordingWriter(path, packs_beside=True) as writer:
        for number in range(count):
            append(writer, number)
    assert writer.unpacked == 0
    assert packed(path) == count
    assert rows(path, "SELECT count(*) FROM derived WHERE name = 'lineage'") == [(1,)]
    assert rows(path, "PRAGMA freelist_count") == [(0,)]
    assert_whole(path, count)


def test_a_small_recording_is_packed_though_the_process_stands_still(path: Path) -> None:
    with packing(path) as (writer, child):
        eventually(lambda: packed(path) == MANY)
        child.suspend()
        for number in range(MANY, 3 * MANY):
            append(writer, number)
    assert writer.unpacked == 0
    assert packed(path) == 3 * MANY
    assert_whole(path, 3 * MANY)


def test_the_room_that_packing_frees_is_given_back_while_the_client_is_silent(path: Path) -> None:
    def free_pages() -> object:
        return rows(path, "PRAGMA freelist_count")[0][0]

    with packing(path) as (writer, _):
        for number in range(MANY, 5 * MANY):
            append(writer, number)
        eventually(lambda: packed(path) == 5 * MANY and free_pages() == 0)
    assert writer.free_bytes == 0
    assert_whole(path, 5 * MANY)


def test_it_stores_no_more_than_packing_in_the_same_process_does(path: Path) -> None:
    other = path.with_name("other.iairec")
    with packing(path):
        eventually(lambda: packed(path) == MANY)
    write(other, *map(call, range(MANY)))
    query = "SELECT hash, codec, size, data FROM body ORDER BY hash"
    assert rows(path, query) == rows(other, query)
    for table in ("request_key", "observation"):
        assert rows(path, f"SELECT * FROM {table}") == rows(other, f"SELECT * FROM {table}")
    assert abs(path.stat().st_size - other.stat().st_size) < 20_000


def test_calls_of_an_earlier_writer_are_packed_too(path: Path) -> None:
    write(path, *map(call, range(MANY)))
    change(path, "DELETE FROM request_key")
    with RecordingWriter(path, append=True, packs_beside=True):
        eventually(lambda: packed(path) == MANY)
    assert_whole(path, MANY)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_when_the_process_is_killed_at_any_moment(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with RecordingWriter(path, packs_beside=True) as writer:
        for number in range(60):
            assert append(writer, number) == number + 1
            time.sleep(chance.choice([0, 0.015, 0.03]))
            for child in children() if chance.random() < 0.1 else ():
                child.kill()
    assert not children()
    assert_whole(path, 60)
    write(path, append=True)
    assert packed(path) == 60
    assert_whole(path, 60)


def test_another_process_goes_on_where_one_has_died(path: Path) -> None:
    with packing(path) as (writer, child):
        eventually(lambda: packed(path) == MANY)
        child.kill()
        child.wait()
        for number in range(MANY, 3 * MANY):
            append(writer, number)
        eventually(lambda: packed(path) >= MANY + 1)
        (other,) = children()
        assert other.pid != child.pid
    assert_whole(path, 3 * MANY)


def test_recording_goes_on_alone_where_every_process_dies(path: Path) -> None:
    killed = set()
    with RecordingWriter(path, packs_beside=True) as writer:
        for number in range(200):
            append(writer, number)
            time.sleep(0.02 if number % 10 == 0 else 0)
            for child in children():
                child.kill()
                killed.add(child.pid)
        assert not children()
    assert 0 < len(killed) <= 3
    assert_whole(path, 200)
    write(path, append=True)
    assert packed(path) == 200


PACKING_WRITER = """
    import sys, time
    from pathlib import Path
    from recordings.test_packing_process import append, children, eventually
    from iai_proxy.recordings import RecordingWriter
    writer = RecordingWriter(Path(sys.argv[1]), packs_beside=True)
    for number in range(12):
        append(writer, number)
    eventually(children)
    print(*(child.pid for child in children()), flush=True)
    number = 12
    while True:
        append(writer, number)
        number += 1
        print(number, flush=True)
        time.sleep(0.02)
"""


@pytest.mark.parametrize("first", ["writer", "packer", "both"])
@pytest.mark.parametrize("after", [0, 3])
def test_a_killed_writer_leaves_no_process_and_no_lock(path: Path, first: str, after: int) -> None:
    with python(PACKING_WRITER, path) as process:
        assert process.stdout
        packer = psutil.Process(int(process.stdout.readline()))
        recorded = MANY
        for _ in range(after):
            recorded = int(process.stdout.readline())
        if first != "writer":
            packer.kill()
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        for line in process.stdout:
            recorded = int(line)
    eventually(lambda: not packer.is_running() or packer.status() == psutil.STATUS_ZOMBIE)
    with Recording(path) as recording:  # as it was left
        stored = [found.request.body for found in recording.exchanges()]
    assert len(stored) >= recorded
    write(path, append=True)
    assert packed(path) == len(stored)
    assert_whole(path, len(stored))


@pytest.mark.parametrize("after_s", [0, 0.005, 0.02, 0.1])
def test_a_process_killed_while_the_recording_is_closed(path: Path, after_s: float) -> None:
    def kill() -> None:
        with suppress(psutil.NoSuchProcess):  # it may have ended by then
            child.kill()

    with packing(path) as (writer, child):
        for number in range(MANY, 11 * MANY):
            append(writer, number)
        killing = threading.Timer(after_s, kill)
        killing.start()
    killing.join()
    assert not children()
    assert_whole(path, 11 * MANY)
    write(path, append=True)
    assert packed(path) == 11 * MANY


def test_readers_see_every_call_while_it_is_packed_and_closed(path: Path) -> None:
    seen: list[int] = []
    faults: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                with Recording(path) as recording:
                    bodies = [stored.request.body for stored in recording.exchanges()]
                assert bodies == [call(number).request.body for number in range(len(bodies))]
                seen.append(len(bodies))
        except Exception as error:
            faults.append(error)

    with packing(path) as (writer, _):
        reader = threading.Thread(target=read)
        reader.start()
        for number in range(MANY, 4 * MANY):
            append(writer, number)
            time.sleep(0.015)
    eventually(lambda: seen and seen[-1] == 4 * MANY)
    stop.set()
    reader.join()
    assert not faults
    assert seen == sorted(seen)
    assert verify(path).whole


def test_a_process_that_can_not_read_the_file_is_no_trouble(path: Path) -> None:
    with packing(path) as (writer, child):
        eventually(lambda: packed(path) == MANY)
        with closing(Recording(path)) as recording:
            child.suspend()
            for number in range(MANY, 2 * MANY):
                append(writer, number)
            assert len(recording) == 2 * MANY
    assert not children()
    assert_whole(path, 2 * MANY)
