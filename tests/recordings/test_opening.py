"""Recordings that are begun, continued, or refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import change, make_older, python, rows, write

from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.recordings import Recording, RecordingWriter, verify


def test_append_continues_the_numbers(path: Path) -> None:
    assert write(path, exchange(b"1"), exchange(b"2")) == [1, 2]
    assert write(path, exchange(b"3"), append=True) == [3]
    with Recording(path) as recording:
        assert [stored.request.body for stored in recording.exchanges()] == [b"1", b"2", b"3"]


def test_append_makes_a_recording_that_is_not_there(path: Path) -> None:
    assert write(path, exchange(), append=True) == [1]


def test_an_existing_file_is_refused_without_append(path: Path) -> None:
    write(path, exchange())
    before = path.read_bytes()
    with pytest.raises(
        UsageError,
        match=r"run\.iairec exists: give --append to continue it, or another file with -o",
    ):
        RecordingWriter(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


def _text(path: Path) -> None:
    path.write_text("this is a text, longer than the header of an SQLite file " * 10)


def _other(path: Path) -> None:
    change(path, "CREATE TABLE exchange (id INTEGER)")


def _newer(path: Path) -> None:
    write(path, exchange())
    change(path, "PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (_text, InputError, "is not a recording"),
        (_other, InputError, "is an SQLite file but not a recording of iai-proxy"),
        (
            _newer,
            InputError,
            "has format 99, written by a newer iai-proxy; this one reads up to 4: upgrade",
        ),
        (Path.touch, InputError, "is empty, not a recording"),
        (Path.mkdir, UsageError, "is a folder"),
    ],
)
def test_what_is_no_recording_is_not_continued(
    path: Path, make: object, kind: type[Exception], message: str
) -> None:
    make(path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(kind, match=message) as refused:
        RecordingWriter(path, append=True)
    assert str(path) in str(refused.value)
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert [file.name for file in path.parent.iterdir()] == ["run.iairec"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"there is no folder .*nowhere; make it, or choose another place with -o"
    ):
        RecordingWriter(tmp_path / "nowhere" / "run.iairec")


@pytest.mark.parametrize("name", ["file/run.iairec", "x" * 300, "x" * 300 + "/run.iairec"])
def test_a_place_that_can_not_be_written_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"can't write .*-o"):
        RecordingWriter(tmp_path / name)


def test_a_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in (Path(), Path(".."), tmp_path):
        with pytest.raises(UsageError):
            RecordingWriter(place)


@pytest.mark.parametrize(
    "name",
    [
        "what?.iairec",
        "no#1.iairec",
        "100%41.iairec",
        "a b'c\".iairec",
        "é鍵.iairec",
        os.fsdecode(b"\xff.iairec"),
    ],
)
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, exchange())
    write(path, exchange(), append=True)
    with Recording(path) as recording:
        assert len(recording) == 2
    assert verify(path).whole
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("table", ["exchange", "body", "request_key", "meta"])
def test_a_recording_without_one_of_its_tables_is_not_continued(path: Path, table: str) -> None:
    write(path, exchange())
    change(path, f"DROP TABLE {table}")
    with pytest.raises(IaiProxyError):
        write(path, exchange(), append=True)
    assert [file.name for file in path.parent.iterdir() if file.name.endswith("-lock")] == []


def test_a_recording_that_can_not_even_be_begun_leaves_nothing_behind(path: Path) -> None:
    code = """
        import resource, signal, sys
        from pathlib import Path
        from iai_proxy.errors import UsageError
        from iai_proxy.recordings import RecordingWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
        try:
            RecordingWriter(Path(sys.argv[1]))
        except UsageError as error:
            print(error)
    """
    with python(code, path) as process:
        said, _ = process.communicate(timeout=60)
    assert said.startswith(f"can't write {path} (")
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("version", [2, 3])
def test_an_older_recording_is_read_as_it_is_and_continued_in_this_format(
    path: Path, version: int
) -> None:
    write(path, exchange(b"first", b"answer"))
    with Recording(path) as recording:
        before = list(recording.calls()), list(recording.exchanges())
    make_older(path, version)
    with Recording(path) as recording:
        assert (list(recording.calls()), list(recording.exchanges())) == before
    assert verify(path).whole
    assert rows(path, "PRAGMA user_version") == [(version,)]
    assert write(path, exchange(b"second"), append=True) == [2]
    assert rows(path, "PRAGMA user_version") == [(4,)]
    assert rows(path, "SELECT name, calls FROM derived WHERE name = 'lineage'") == [("lineage", 2)]
    with Recording(path) as recording:
        assert [next(recording.calls())] == before[0]
    for table in ("exchange", "request_key", "derived", "meta"):
        assert rows(path, f"SELECT count(*) FROM {table} WHERE checksum IS NULL") == [(0,)]
    assert verify(path).whole
