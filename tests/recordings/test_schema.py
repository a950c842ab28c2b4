"""The tables are those that the package's docstring describes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy import recordings
from iai_proxy.errors import InputError
from iai_proxy.recordings import RecordingWriter, verify
from iai_proxy.recordings.rows import STORED
from iai_proxy.recordings.schema import FORMAT_VERSION, objects, stored_objects


def test_the_schema_in_words_has_every_table(path: Path) -> None:
    RecordingWriter(path).close()
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        named = re.findall(r"^``(\w+)``", recordings.__doc__ or "", re.MULTILINE)
        assert sorted(name for (name,) in tables) == sorted(named)


def test_a_row_has_every_column(path: Path) -> None:
    RecordingWriter(path).close()
    with closing(sqlite3.connect(path)) as connection:
        columns = connection.execute("SELECT name FROM pragma_table_info('exchange')")
        assert [name for (name,) in columns] == [*STORED, "checksum"]


def test_a_new_recording_has_what_its_format_has_and_nothing_else(path: Path) -> None:
    RecordingWriter(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert stored_objects(connection) == objects(FORMAT_VERSION)


def test_a_list_of_tables_that_holds_no_names_is_damaged(path: Path) -> None:
    write(path, exchange(b""))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_master VALUES (NULL, NULL, NULL, 0, NULL)")
    with pytest.raises(InputError, match="damaged: its list of tables is not what was recorded"):
        verify(path)
