from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import WAITING_WRITER, change, make_older, python, rows, write

from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording, RecordingWriter, verify
from iai_proxy.recordings.labelling import change_labels
from iai_proxy.recordings.labels import parse_label


def labels_of(path: Path) -> dict[str, str]:
    with Recording(path) as recording:
        return recording.labels()


def test_labels_are_kept_in_the_recording_and_sorted_by_key(path: Path) -> None:
    write(path, exchange(b"1"))
    change_labels(path, {"team": "planning", "model": "v 4\n=\x1b"})
    assert list(labels_of(path).items()) == [("model", "v 4\n=\x1b"), ("team", "planning")]
    change_labels(path, {"team": "maps"}, removed=["model", "no-such"])
    assert labels_of(path) == {"team": "maps"}


def test_a_labelled_recording_is_whole_and_one_plain_file(path: Path) -> None:
    write(path, exchange(b"1"), exchange(b"2"))
    change_labels(path, {"team": "planning"})
    result = verify(path)
    assert result.whole
    assert result.exchanges == 2
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_to_a_program_that_knows_no_labels_they_are_facts_with_a_checksum(path: Path) -> None:
    write(path, exchange(b"1"))
    change_labels(path, {"team": "planning"})
    keys = [key for (key,) in rows(path, "SELECT key FROM meta ORDER BY key")]
    assert keys == ["created_by", "created_ns", "label:team", "salt"]
    assert rows(path, "PRAGMA user_version") == [(4,)]


def test_calls_are_added_to_a_labelled_recording(path: Path) -> None:
    write(path, exchange(b"1"))
    change_labels(path, {"team": "planning"})
    write(path, exchange(b"2"), append=True)
    assert labels_of(path) == {"team": "planning"}


def test_a_recorder_labels_what_it_writes_beside_the_labels_that_are_there(path: Path) -> None:
    with RecordingWriter(path, labels={"a": "1", "b": "2"}) as writer:
        assert labels_of(path) == {"a": "1", "b": "2"}  # while it is written
        writer.append(lambda: exchange(b"1")).result()
    with RecordingWriter(path, append=True, labels={"b": "3"}):
        pass
    assert labels_of(path) == {"a": "1", "b": "3"}


def test_a_recording_that_is_being_written_is_not_labelled(path: Path) -> None:
    with python(WAITING_WRITER, path, 1) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        with pytest.raises(UsageError, match=r"being written .*: label it when that one has ended"):
            change_labels(path, {"team": "planning"})
        process.stdin.write("\n")
    assert labels_of(path) == {}


def test_a_recording_that_someone_reads_is_labelled(path: Path) -> None:
    write(path, exchange(b"1"))
    with Recording(path) as reader:
        change_labels(path, {"team": "planning"})
        assert reader.labels() == {"team": "planning"}
    assert labels_of(path) == {"team": "planning"}
    assert verify(path).whole


@pytest.mark.parametrize("version", [2, 3])
def test_older_formats_have_no_labels_until_they_are_labelled(path: Path, version: int) -> None:
    write(path, exchange(b"1"))
    make_older(path, version)
    assert labels_of(path) == {}
    change_labels(path, {"team": "planning"})
    assert labels_of(path) == {"team": "planning"}
    assert verify(path).whole


def test_a_damaged_label_is_said_and_no_other_is_shown_in_its_place(path: Path) -> None:
    write(path, exchange(b"1"))
    change_labels(path, {"team": "planning"})
    change(path, "UPDATE meta SET value = 'maps' WHERE key = 'label:team'")
    with pytest.raises(InputError, match="the label label:team is not what was set"):
        labels_of(path)
    assert [each.place for each in verify(path).problems] == ["meta of label:team"]


def test_what_is_damaged_is_not_labelled(path: Path) -> None:
    write(path, exchange(b"1"), exchange(b"2"))
    change(path, "DELETE FROM exchange WHERE id = 1")
    before = path.read_bytes()
    with pytest.raises(InputError, match="of 2 calls, 1 are there"):
        change_labels(path, {"team": "planning"})
    assert path.read_bytes() == before


def test_a_recording_has_a_hundred_labels_at_most(path: Path) -> None:
    write(path, exchange(b"1"))
    change_labels(path, {f"key{number}": "x" for number in range(100)})
    with pytest.raises(UsageError, match="100 labels at most"):
        change_labels(path, {"another": "x"})
    assert len(labels_of(path)) == 100
    change_labels(path, {"another": "x"}, removed=["key0"])
    assert len(labels_of(path)) == 100


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("planning", "is no label: give key=value"),
        ("=x", "is no key of a label"),
        ("a b=x", "is no key of a label"),
        ("-a=x", "is no key of a label"),
        ("a/b=x", "is no key of a label"),
        ("\N{LATIN SMALL LETTER A WITH ACUTE}=x", "is no key of a label"),
        ("a" * 101 + "=x", "is no key of a label"),
        ("a=" + "x" * 1001, "has 1001 characters"),
        ("a=\udcff", "is not UTF-8"),
        ("a=\0", "holds a zero byte"),
    ],
)
def test_what_is_no_label_is_refused(word: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_label(word)


def test_a_value_may_hold_anything_else() -> None:
    assert parse_label("A.b_c-1=x=y \n\x1b\N{SNOWMAN}") == ("A.b_c-1", "x=y \n\x1b\N{SNOWMAN}")
