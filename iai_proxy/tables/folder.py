"""A folder of tables, replaced whole.

``DIR/agents/00000.parquet`` and so on: a folder a table, a file for some recordings. New files are
written into a hidden folder in ``DIR``. When all are there each table's folder is put in the place
of the old one. Anything else in ``DIR`` is left alone.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from iai_proxy.errors import UsageError
from iai_proxy.private_files import make_private_folder, private
from iai_proxy.tables.schemas import TABLE_KEY

#: What begins the name of the hidden folder.
_HIDDEN: Final = ".iai-proxy-"
_FILE: Final = re.compile(r"\d{5,}\.parquet")


class TableFolder:
    """Takes files of tables while they are made.

    Args:
        folder: hidden; what is in it gets its place at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, table: str, number: int, content: bytes) -> None:
        """Write a file of a table.

        Args:
            table: its name.
            number: of the file, from 0.
            content: of the file.
        """
        with open(self._folder / table / f"{number:05}.parquet", "xb", opener=private) as stream:
            stream.write(content)


@contextmanager
def replaced_tables(folder: Path, tables: Sequence[str]) -> Iterator[TableFolder]:
    """Give what takes new files of tables; when the block has ended well they get their place.

    Args:
        folder: made if it is not there.
        tables: names of those that are replaced.

    Raises:
        UsageError: it can't be written, or what has the name of a table in it is not ours.
    """
    refuse_foreign(folder, tables)
    try:
        make_private_folder(folder)
        hidden = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=folder))
        try:
            new, old = (_folders(hidden / name, tables) for name in ("new", "old"))
            yield TableFolder(new)
            refuse_foreign(folder, tables)  # something else may have come meanwhile
            _replace(folder, new, old, tables)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        raise UsageError(
            f"can't write {folder} ({error.strerror}): choose another folder with -o"
        ) from error


def refuse_foreign(folder: Path, tables: Sequence[str]) -> None:
    """Make sure that what would be replaced are tables of ours.

    Raises:
        UsageError: something else is there.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder: -o names a folder, in which each table gets one")
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


def _replace(folder: Path, new: Path, old: Path, tables: Sequence[str]) -> None:
    for table in tables:
        there = folder / table
        if there.exists():
            there.replace(old / table)
        try:
            (new / table).replace(there)
        except OSError:
            with suppress(OSError):
                (old / table).replace(there)
            raise
