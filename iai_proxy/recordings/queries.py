"""What is read from a recording's tables and stored in them, by the format of the file."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from iai_proxy.recordings import rows
from iai_proxy.recordings.checksums import NO_CHECKSUM, SELECTED, checksum

#: The columns of each table whose rows have checksums, in their order.
TABLES: Final[dict[str, tuple[str, ...]]] = {
    "exchange": rows.STORED,
    "request_key": ("exchange", "version", "exact", "seedless"),
    "observation": ("exchange", "version", "data"),
    "derived": ("name", "version", "calls", "data"),
    "meta": ("key", "value"),
}
_FIRST_WITH_CHECKSUMS: Final = 4


def insert(table: str, verb: str = "INSERT") -> str:
    """Return the statement that stores a row of :func:`with_checksum` in one of the tables."""
    columns = (*TABLES[table], "checksum")
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def with_checksum(table: str, *values: Any) -> tuple[Any, ...]:
    """Return the values of a row with their checksum behind them."""
    return (*values, checksum(table, *values))


class Queries(NamedTuple):
    """Each reads rows with their checksums behind them, and stops where a condition may follow.

    Attributes:
        calls: rows for :func:`~iai_proxy.recordings.rows.to_call`.
        keyed: before each of these a row of ``request_key``, NULL if there is none. Of a format
            without checksums the sizes of bodies count as 0: they take time to find.
        observed: before each of these a row of ``observation``, NULL if there is none.
        tables: the rows of each table by themselves.
    """

    calls: str
    keyed: str
    observed: str
    tables: dict[str, str]


@cache
def queries(version: int) -> Queries:
    """Return what reads a file of a format."""
    checksums = SELECTED if version >= _FIRST_WITH_CHECKSUMS else NO_CHECKSUM

    def row(table: str, columns: tuple[str, ...] = ()) -> str:
        named = (*(columns or [f"{table}.{name}" for name in TABLES[table]]),)
        return ", ".join((*named, checksums.format(f"{table}.")))

    call = unsized = row("exchange")
    if version < _FIRST_WITH_CHECKSUMS:
        columns = tuple(f"exchange.{name}" for name in ("id", *rows.COLUMNS))
        call = row("exchange", (*columns, *_OLD_SIZES))
        unsized = row("exchange", (*columns, "0", "0"))
    return Queries(
        f"SELECT {call} FROM exchange",
        f"SELECT {row('request_key')}, {unsized} FROM exchange "
        "LEFT JOIN request_key ON request_key.exchange = exchange.id",
        f"SELECT {row('observation')}, {call} FROM exchange "
        "LEFT JOIN observation ON observation.exchange = exchange.id",
        {table: f"SELECT {row(table)} FROM {table}" for table in TABLES if table != "exchange"},
    )


_OLD_SIZES: Final = tuple(
    f"coalesce((SELECT size FROM body WHERE hash = exchange.{side}_hash), 0)"
    for side in ("request", "response")
)
