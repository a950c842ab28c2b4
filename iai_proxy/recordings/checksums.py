"""A checksum for each row, over all that stands in it, so that damage to any of it is noticed.

It is the CRC-32 of the table's name and the row's values, in the order of the table's columns,
each with its type: NULL is ``N``; text is ``u``, its length and its UTF-8; a blob ``s``, its length
and its bytes; an integer of 32 bits ``i`` and its bytes, a larger one ``l``, the number of its
digits to the base 32768 (negative if it is), and these as 16 bits each, the lowest first. Lengths
and numbers have 32 bits, the lowest byte first. Before them stands ``(`` and the number of values.
That is what Python's ``marshal`` has written as version 0 since 2003; it takes a microsecond.

It is no protection against someone who changes a row on purpose and makes its checksum anew.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final
from zlib import crc32

_VERSION: Final = 0
#: Reads the checksum of a row that has one; one that is missing is none that a row could have.
SELECTED: Final = "coalesce({}checksum, -1)"
#: In place of that where the format has none.
NO_CHECKSUM: Final = "NULL"


def checksum(table: str, *values: Any) -> int:
    """Return the checksum of a row.

    Args:
        table: its name.
        values: None, str, int or bytes, in the order of the columns, without the checksum.

    Raises:
        ValueError: a value is of another type.
    """
    return crc32(marshal.dumps((table, *values), _VERSION))


def is_whole(table: str, values: Iterable[Any], stored: int | None) -> bool:
    """Return whether a row is as it was written.

    Args:
        table: its name.
        values: its columns without the checksum.
        stored: the checksum, as :data:`SELECTED` reads it; None where the format has none.
    """
    return stored is None or checksum(table, *values) == stored


def add_checksums(connection: sqlite3.Connection, tables: Mapping[str, Iterable[str]]) -> None:
    """Store the checksum of every row.

    Args:
        connection: in a transaction.
        tables: the columns of each.

    Raises:
        sqlite3.Error: it can't be written, or a row holds what none can hold.
    """
    connection.create_function("iai_checksum", -1, checksum, deterministic=True)
    for table, columns in tables.items():
        values = ", ".join((f"'{table}'", *columns))
        connection.execute(f"UPDATE {table} SET checksum = iai_checksum({values})")
