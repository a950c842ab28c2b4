"""Tables of several recordings to the bytes of Parquet files.

A file has a row group for each recording that has rows. Doubles are stored as they are, everything
else by dictionary; all of it is packed with zstd. Nothing in it depends on where or when it was
written.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from iai_proxy.errors import NO_MEMORY, IaiProxyError, unexpected
from iai_proxy.recordings.reader import Recording
from iai_proxy.sources import Source
from iai_proxy.tables.fields import LAYOUTS
from iai_proxy.tables.findings import unreadable_table
from iai_proxy.tables.recorded import Made, made
from iai_proxy.tables.schemas import schema_of
from iai_proxy.text import one_line

_LEVEL: Final = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Recordings whose rows are in the same files.

    Attributes:
        sources: the recordings, in order.
        tables: names of the tables to make.
    """

    sources: tuple[Source, ...]
    tables: tuple[str, ...]

    @property
    def singles(self) -> list[Batch]:
        """Its recordings as batches of their own."""
        return [Batch((source,), self.tables) for source in self.sources]


@dataclass(frozen=True, slots=True)
class Files:
    """What was made of a batch.

    Attributes:
        contents: of each table's file, by the name of the table.
        rows: of each table, by its name.
        problems: sentences that say what could not be read.
        read: how many recordings could be, at least in part.
    """

    contents: Mapping[str, bytes]
    rows: Mapping[str, int]
    problems: tuple[str, ...]
    read: int


def files_of(batch: Batch) -> Files:
    """Read the recordings of a batch, one after the other, and return its files.

    A recording that can't be read is a finding, and a problem; the others go on.
    """
    return _files(batch, (_made(source, batch.tables) for source in batch.sources))


def files_without(batch: Batch, reason: str) -> Files:
    """Return the files of a batch that could not be worked on at all.

    Args:
        batch: the recordings.
        reason: why, as a sentence.
    """
    return _files(batch, [_unread(source, reason) for source in batch.sources])


def put_together(batch: Batch, parts: Sequence[Files]) -> Files:
    """Return the files of a batch whose recordings were worked on one by one.

    Args:
        batch: the recordings.
        parts: of each of them.
    """
    return _files(batch, map(_read_back, parts))


def _read_back(files: Files) -> Made:
    tables = {
        name: pq.ParquetFile(io.BytesIO(content)).read() for name, content in files.contents.items()
    }
    return Made(tables, files.problems, is_read=files.read > 0)


def _files(batch: Batch, each: Iterable[Made]) -> Files:
    problems: list[str] = []
    read = 0
    with ExitStack() as stack:
        writers = {name: stack.enter_context(_Writer(name)) for name in batch.tables}
        for found in each:
            problems += found.problems
            read += found.is_read
            for name in batch.tables:
                if name in found.tables:
                    writers[name].write(found.tables[name])
    return Files(
        {name: writer.content for name, writer in writers.items()},
        {name: writer.rows for name, writer in writers.items()},
        tuple(problems),
        read,
    )


def _made(source: Source, tables: Sequence[str]) -> Made:
    try:
        with _uncollected(), source.reading() as path, Recording(path) as recording:
            found = made(tables, recording, source.name, despite_faults=True)
    except IaiProxyError as error:
        return _unread(source, str(error))
    except OSError as error:
        return _unread(source, f"can't be read ({error.strerror})")
    except MemoryError:
        return _unread(source, NO_MEMORY)
    except Exception as error:
        return _unread(source, unexpected("the tables could not be made", error))
    named = tuple(_named(source, problem) for problem in found.problems)
    return Made(found.tables, named)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave what refers to itself until the block has ended.

    The collector would look at the same thousands of lists over and over: a quarter of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
            gc.collect(0)


def _unread(source: Source, reason: str) -> Made:
    findings = unreadable_table([reason], source.name)
    return Made({"findings": findings}, (_named(source, reason),), is_read=False)


def _named(source: Source, sentence: str) -> str:
    sentence = one_line(sentence)
    return sentence if source.name in sentence else f"{source.name}: {sentence}"


class _Writer:
    """Writes one file into memory."""

    def __init__(self, name: str) -> None:
        self._buffer = io.BytesIO()
        schema = schema_of(name)
        fields = LAYOUTS[name].fields
        keys = [(column, "ascending") for column in LAYOUTS[name].sorted_by]
        self._writer = pq.ParquetWriter(
            self._buffer,
            schema,
            compression="zstd",
            compression_level=_LEVEL,
            use_dictionary=[field.name for field in fields if field.kind != "double"],
            sorting_columns=pq.SortingColumn.from_ordering(schema, keys),
        )
        self.rows = 0
        self.content = b""

    def __enter__(self) -> _Writer:
        return self

    def write(self, table: pa.Table) -> None:
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)
            self.rows += table.num_rows

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self.content = self._buffer.getvalue()
