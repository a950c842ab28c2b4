"""A folder of tables, replaced whole.

``DIR/agents/00000.parquet`` and so on: a folder a table, a file for some recordings. New files are
written into a hidden folder in ``DIR``. When all are there each table's folder is put in the place
of the old one. Anything else in ``DIR`` is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from iai_proxy.errors import UsageError
from iai_proxy.private_files import make_private_folder, private
from iai_proxy.tables.hidden import NEW, OLD, end_replacing, hidden_folder, tidy
from iai_proxy.tables.schemas import TABLE_KEY

_FILE: Final = re.compile(r"\d{5,}\.parquet")


class TableFolder:
    """Takes files of tables while they are made.

    Args:
        folder: hidden; what is in it gets its place at the end.
        would_replace: whether some of the tables are there already.

    Attributes:
        is_left: whether all stays as it was.
    """

    def __init__(self, folder: Path, *, would_replace: bool) -> None:
        self._folder = folder
        self.would_replace = would_replace
        self.is_left = False

    def write(self, table: str, number: int, content: bytes) -> None:
        """Write a file of a table.

        Args:
            table: its name.
            number: of the file, from 0.
            content: of the file.
        """
        with open(self._folder / table / f"{number:05}.parquet", "xb", opener=private) as stream:
            stream.write(content)

    def leave(self) -> None:
        """Let what is there stay, and forget what was written."""
        self.is_left = True


@contextmanager
def replaced_tables(folder: Path, tables: Sequence[str]) -> Iterator[TableFolder]:
    """Give what takes new files of tables; when the block has ended well they get their place.

    What an earlier process that was killed has left in the folder is put in order first.

    Args:
        folder: made if it is not there.
        tables: names of those that are replaced.

    Raises:
        UsageError: it can't be written, or what has the name of a table in it is not ours.
    """
    refuse_file(folder)
    try:
        make_private_folder(folder)
        tidy(folder)
        refuse_foreign(folder, tables)
        with hidden_folder(folder) as hidden:
            new, old = (_folders(hidden / name, tables) for name in (NEW, OLD))
            is_there = any((folder / table).exists() for table in tables)
            target = TableFolder(new, would_replace=is_there)
            yield target
            refuse_foreign(folder, tables)  # something else may have come meanwhile
            if not target.is_left:
                _replace(folder, hidden, new, old, tables)
    except OSError as error:
        raise UsageError(
            f"can't write {folder} ({error.strerror}): choose another folder with -o"
        ) from error


def refuse_file(folder: Path) -> None:
    """Make sure that what is to be the folder is no file.

    Raises:
        UsageError: it is.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder: -o names a folder, in which each table gets one")


def refuse_foreign(folder: Path, tables: Sequence[str]) -> None:
    """Make sure that what would be replaced are tables of ours.

    Raises:
        UsageError: something else is there.
    """
    for table in tables:
        there = folder / table
        foreign = _foreign_in(there, table)
        if foreign is not None:
            raise UsageError(
                f"{foreign} is no table of iai-proxy, and would be replaced: choose another folder "
                "with -o"
            )


def _foreign_in(there: Path, table: str) -> Path | None:
    """Return what is not ours of what is at the place of a table."""
    if there.is_symlink() or (there.exists() and not there.is_dir()):
        return there
    files = sorted(there.iterdir()) if there.exists() else []
    return next((path for path in files if not _is_ours(path, table)), None)


def _is_ours(path: Path, table: str) -> bool:
    if not _FILE.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        return False
    with suppress(pa.ArrowInvalid, OSError):
        metadata = pq.read_metadata(path).metadata or {}
        return bool(metadata.get(TABLE_KEY) == table.encode())
    return False


def _folders(folder: Path, tables: Sequence[str]) -> Path:
    for table in tables:
        (folder / table).mkdir(parents=True, mode=0o700)
    return folder


def _replace(folder: Path, hidden: Path, new: Path, old: Path, tables: Sequence[str]) -> None:
    for table in tables:
        there = folder / table
        if there.exists():
            there.replace(old / table)
        (new / table).replace(there)
    end_replacing(hidden)
