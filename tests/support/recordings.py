"""Making recordings, and changing them behind our back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from iai_proxy.api import Exchange
from iai_proxy.recordings import RecordingWriter


def write(path: Path, *exchanges: Exchange, append: bool = False) -> list[int]:
    """Record exchanges, and return their numbers."""
    with RecordingWriter(path, append=append) as writer:
        futures = [writer.append(partial(_itself, exchange)) for exchange in exchanges]
        return [future.result(20) for future in futures]


def change(path: Path, statement: str, *values: object) -> int:
    """Change a recording with SQL, and return how many rows were changed."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).rowcount


def _itself(exchange: Exchange) -> Exchange:
    return exchange
