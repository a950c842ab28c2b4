"""The tables are those that the package's docstring describes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from iai_proxy import recordings
from iai_proxy.recordings import RecordingWriter
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
