"""What is committed stays, while others write and read, and when processes die."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
import stat
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exchanges import KEY, exchange, exchanges, numbered, request, response
from support.recordings import WAITING_WRITER, python, rows, write

from iai_proxy.api import Exchange
from iai_proxy.errors import UsageError
from iai_proxy.recordings import Recording, RecordingWriter, verify
from iai_proxy.recordings.writer import RecordingFailedError

# What is stored


def header_names(made: Exchange) -> set[str]:
    headers = made.request.headers + (made.response.headers if made.response else ())
    return {name.lower() for name, _ in headers}


@settings(max_examples=40, deadline=None)
@given(st.lists(exchanges, max_size=4))
def test_every_field_comes_back(made: list[Exchange]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.iairec"
        # A key or cookie would be replaced; that is tested for itself.
        secret = {"cookie", "set-cookie", "api-key", "x-api-key"}
        made = [drawn for drawn in made if not secret & header_names(drawn)]
        assert write(path, *made) == list(range(1, len(made) + 1))
        with Recording(path) as recording:
            assert list(recording.exchanges()) == [
                numbered(drawn, number) for number, drawn in enumerate(made, 1)
            ]
        assert verify(path).problems == ()


def test_equal_bodies_are_stored_once(path: Path) -> None:
    body = b"the same" * 100
    write(
        path, exchange(body, body), exchange(body, b"other"), exchange(b"", None, failure="reset")
    )
    stored = rows(path, "SELECT hash FROM body ORDER BY size")
    assert stored == [(hashlib.sha256(held).digest(),) for held in (b"", b"other", body)]


def test_the_file_says_what_it_is(path: Path) -> None:
    write(path, exchange())
    assert path.read_bytes()[:16] == b"SQLite format 3\x00"
    assert path.read_bytes()[68:72] == b"IAIR"
    assert rows(path, "PRAGMA user_version") == [(4,)]
    assert [key for (key,) in rows(path, "SELECT key FROM meta ORDER BY key")] == [
        "created_by",
        "created_ns",
        "salt",
    ]


def test_secrets_are_replaced_before_they_reach_the_disk(path: Path) -> None:
    with RecordingWriter(path, known_secrets=["known-before-hand"]) as writer:
        asked = request(
            b'{"a":"known-before-hand"}', target=f"/test?k={KEY}", headers=(("x-api-key", KEY),)
        )
        writer.append(lambda: exchange(asked, KEY.encode())).result(10)
        on_disk = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for held in (on_disk, path.read_bytes()):
        assert KEY.encode() not in held
        assert b"known-before-hand" not in held


def test_marks_stay_the_same_when_a_recording_is_continued(path: Path) -> None:
    for append in (False, True):
        write(path, exchange(request(headers=(("x-api-key", KEY),))), append=append)
    with Recording(path) as recording:
        first, second = recording.exchanges()
    assert first.request.headers == second.request.headers


def test_every_file_is_for_its_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        with RecordingWriter(path) as writer:
            writer.append(exchange).result(10)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        ["run.iairec", "run.iairec-wal", "run.iairec-shm", "run.iairec-lock"], 0o600
    )


def test_closing_leaves_one_plain_file(path: Path) -> None:
    write(path, exchange(), exchange(b"other"))
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]


def test_closing_waits_for_who_looks_into_the_file_just_then(path: Path) -> None:
    writer = RecordingWriter(path)
    writer.append(exchange).result(10)
    reader = Recording(path)
    assert len(reader) == 1
    letting_go = threading.Timer(0.2, reader.close)
    letting_go.start()
    writer.close()
    letting_go.join()
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


def test_closing_twice_is_closing_once(path: Path) -> None:
    writer = RecordingWriter(path)
    writer.append(exchange)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: writer.close(), range(4)))
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


def test_a_closed_writer_refuses_by_future(path: Path) -> None:
    writer = RecordingWriter(path)
    writer.close()
    for future in (writer.append(exchange), writer.check()):
        with pytest.raises(RecordingFailedError, match="is closed"):
            future.result(10)


def test_closing_commits_what_is_queued(path: Path) -> None:
    writer = RecordingWriter(path)
    gate = threading.Event()
    futures = [writer.append(lambda: (gate.wait(10), exchange())[1])]
    futures += [writer.append(exchange) for _ in range(200)]
    threading.Timer(0.05, gate.set).start()
    writer.close()
    assert [future.result(0) for future in futures] == list(range(1, 202))


def test_appending_while_another_thread_closes_never_hangs(path: Path) -> None:
    for attempt in range(10):
        writer = RecordingWriter(path, append=attempt > 0)
        with ThreadPoolExecutor(4) as pool:
            pending = [pool.submit(writer.append, exchange) for _ in range(60)]
            pool.submit(writer.close)
        for future in [appended.result() for appended in pending]:
            assert future.exception(10) is None or "is closed" in str(future.exception())


def test_a_writer_leaves_no_descriptor_open(path: Path) -> None:
    write(path, exchange())
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    for _ in range(3):
        writer = RecordingWriter(path, append=True)
        writer.close()
        with pytest.raises(UsageError):
            RecordingWriter(path)
    if before:
        assert len(list(Path("/proc/self/fd").iterdir())) <= before


# A process that dies


def test_what_a_future_promised_survives_a_kill(path: Path) -> None:
    with python(WAITING_WRITER, path, 20) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    with Recording(path) as recording:
        assert [stored.request.body for stored in recording.exchanges()] == [
            str(number).encode() * 1000 for number in range(20)
        ]
    assert verify(path).whole
    # Its lock died with it, and what it had no time to pack is packed now.
    assert write(path, exchange(), append=True) == [21]
    assert rows(path, "SELECT count(*) FROM request_key") == [(21,)]
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


# Many at once


def test_a_reader_sees_what_is_committed_while_it_is_written(path: Path) -> None:
    with RecordingWriter(path) as writer:
        writer.append(exchange).result(10)
        with Recording(path) as recording:
            assert len(recording) == 1
            writer.append(lambda: exchange(b"second")).result(10)
            assert recording.exchange(2).request.body == b"second"
        with Recording(path) as recording:
            assert [call.id for call in recording.calls()] == [1, 2]


def test_a_writer_closes_while_someone_reads(path: Path) -> None:
    writer = RecordingWriter(path)
    writer.append(exchange).result(10)
    with Recording(path) as recording:
        calls = recording.calls()
        next(calls)
        writer.close()
        assert recording.exchange(1).request.body == exchange().request.body
    assert write(path, exchange(), append=True) == [2]
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


def test_many_threads_get_a_number_each_and_find_their_own_call_under_it(path: Path) -> None:
    with (
        RecordingWriter(path) as writer,
        Recording(path) as recording,
        ThreadPoolExecutor(16) as pool,
    ):

        def record(number: int) -> int:
            body = f'{{"number":{number}}}'.encode()
            return writer.append(lambda: exchange(body)).result(20)

        numbers = list(pool.map(record, range(400)))
        assert sorted(numbers) == list(range(1, 401))
        assert [recording.exchange(number).request.body for number in numbers] == [
            f'{{"number":{number}}}'.encode() for number in range(400)
        ]


def test_what_queues_up_is_committed_together(path: Path) -> None:
    gate = threading.Event()
    with RecordingWriter(path) as writer:
        first = writer.append(lambda: (gate.wait(10), exchange())[1])
        rest = [writer.append(exchange) for _ in range(40)]
        assert not any(future.done() for future in (first, *rest))
        gate.set()
        assert [future.result(10) for future in (first, *rest)] == list(range(1, 42))


def test_an_exchange_that_can_not_be_made_fails_alone(path: Path) -> None:
    def broken() -> Exchange:
        raise ZeroDivisionError("no such exchange")

    gate = threading.Event()
    with RecordingWriter(path) as writer:
        writer.append(lambda: (gate.wait(10), exchange())[1])
        futures = [writer.append(make) for make in (exchange, broken, exchange)]
        gate.set()
        assert futures[0].result(10) == 2
        with pytest.raises(
            RecordingFailedError, match=r"can't prepare a call for .*no such exchange"
        ) as failed:
            futures[1].result(10)
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
        assert futures[2].result(10) == 3
        assert writer.check().result(10) == 0


def test_a_text_that_is_none_is_not_quoted_as_a_key_may_stand_in_it(path: Path) -> None:
    odd = replace(exchange(), client="a-key-of-someone \ud800")  # half a surrogate pair
    with RecordingWriter(path) as writer:
        with pytest.raises(RecordingFailedError, match="a text can't be encoded") as failed:
            writer.append(lambda: odd).result(10)
        assert "a-key-of-someone" not in str(failed.value)


def test_an_exchange_that_can_not_be_stored_fails_alone(path: Path) -> None:
    gate = threading.Event()
    odd = replace(exchange(), ended_ns=1 << 64)  # no number that SQLite could hold
    with RecordingWriter(path) as writer:
        writer.append(lambda: (gate.wait(10), exchange())[1])
        futures = [writer.append(make) for make in (exchange, lambda: odd, exchange)]
        gate.set()
        assert futures[0].result(10) == 2
        with pytest.raises(RecordingFailedError, match="can't store this call in "):
            futures[1].result(10)
        assert futures[2].result(10) == 3
        assert writer.check().result(10) == 0
    assert verify(path).whole


def test_a_client_that_hangs_up_does_not_undo_its_call(path: Path) -> None:
    gate = threading.Event()
    with RecordingWriter(path) as writer:
        writer.append(lambda: (gate.wait(10), exchange())[1])
        future = writer.append(exchange)

        async def hang_up() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.wrap_future(future), 0.01)

        asyncio.run(hang_up())
        assert not future.cancel()
        gate.set()
        assert future.result(10) == 2
        assert writer.append(exchange).result(10) == 3


# A disk without room

FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from random import Random
    from support.exchanges import exchange
    from iai_proxy.recordings import RecordingWriter, Recording
    from iai_proxy.recordings.writer import RecordingFailedError

    path, kept = Path(sys.argv[1]), []
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = RecordingWriter(path)
    noise = Random(7)

    def record():
        body = noise.randbytes(100_000)
        number = writer.append(lambda: exchange(body)).result(20)
        kept.append((number, body))

    def refused(ask):
        try:
            ask()
        except RecordingFailedError as error:
            return str(error)
        raise SystemExit("was not refused")

    for _ in range(5):
        record()
    writer.check().result(20)
    resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, resource.RLIM_INFINITY))

    def fill():
        for _ in range(100):
            record()

    said = [refused(fill)] + [refused(lambda: writer.check().result(20)) for _ in range(2)]
    full = len(kept)
    with Recording(path) as recording:
        assert [(stored.id, stored.request.body) for stored in recording.exchanges()] == kept
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writer.check().result(20)
    for _ in range(5):
        record()
    writer.close()
    with Recording(path) as recording:
        assert [(stored.id, stored.request.body) for stored in recording.exchanges()] == kept
    assert len(kept) == full + 5
    print("\\n".join(said))
"""


def test_a_full_disk_is_reported_and_loses_nothing_and_recording_goes_on(path: Path) -> None:
    with python(FULL_DISK, path) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    for sentence in said.splitlines():
        assert sentence.startswith(f"can't write {path} (")
        assert "when its disk has room" in sentence
    assert len(said.splitlines()) == 3
    assert verify(path).whole
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


def test_a_small_call_is_kept_where_a_large_one_in_its_group_has_no_room(path: Path) -> None:
    code = """
        import resource, signal, sys, threading
        from pathlib import Path
        from support.exchanges import exchange
        from iai_proxy.recordings import RecordingWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        gate = threading.Event()
        with RecordingWriter(Path(sys.argv[1])) as writer:
            writer.append(lambda: (gate.wait(10), exchange())[1])
            bodies = (b"small", bytes(3_000_000), b"too")
            futures = [writer.append(lambda body=body: exchange(body)) for body in bodies]
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
            gate.set()
            print([future.exception(10) is None for future in futures])
    """
    with python(code, path) as process:
        said, _ = process.communicate(timeout=60)
    assert said == "[True, False, True]\n"
    assert verify(path).exchanges == 3


def test_a_future_is_done_only_when_another_connection_sees_its_call(path: Path) -> None:
    seen: list[object] = []

    def look(future: Future[int]) -> None:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            seen.append(
                connection.execute("SELECT max(id) FROM exchange").fetchone()[0] >= future.result()
            )

    with RecordingWriter(path) as writer:
        for _ in range(20):
            writer.append(exchange).add_done_callback(look)
    assert seen == [True] * 20


def test_a_failed_exchange_without_an_answer_is_kept(path: Path) -> None:
    write(
        path,
        exchange(answer=None, failure="connection reset"),
        exchange(answer=response(b"cut"), failure="cut short"),
    )
    with Recording(path) as recording:
        first, second = recording.exchanges()
    assert (first.response, first.failure) == (None, "connection reset")
    assert second.response is not None
    assert (second.response.body, second.failure) == (b"cut", "cut short")
