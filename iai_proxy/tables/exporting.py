"""Tables of many recordings, as folders of Parquet files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from iai_proxy.jobs import Outcome
from iai_proxy.sources import Source
from iai_proxy.tables.files import Batch, Files, files_of, files_without, put_together
from iai_proxy.tables.folder import replaced_tables

#: So many recordings have their rows in one file, and are read in one go.
RECORDINGS_A_FILE: Final = 16

#: Calls a function with each of some items, and yields what came of them in their order.
Each = Callable[[Callable[[Batch], Files], Sequence[Batch]], Iterable[Outcome[Files]]]


@dataclass(slots=True)
class Exported:
    """What was written.

    Attributes:
        rows: by the name of the table.
        problems: sentences that say what could not be read.
        read: how many recordings could be, at least in part.
        is_written: whether the tables are in their place. Where nothing could be read, those that
            were there stay.
    """

    rows: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    read: int = 0
    is_written: bool = True


def export_tables(
    sources: Sequence[Source], folder: Path, tables: Sequence[str], each: Each
) -> Exported:
    """Write tables of recordings; see :mod:`iai_proxy.tables.folder` for where.

    Args:
        sources: the recordings; tables have them in this order.
        folder: where to.
        tables: their names.
        each: calls a function with items, here or elsewhere. Files are the same wherever.

    Raises:
        UsageError: it can't be written there.
    """
    batches = batches_of(sources, tables)
    found = Exported(Counter(dict.fromkeys(tables, 0)))
    with replaced_tables(folder, tables) as target:
        for number, files in _each_whole(batches, each):
            for table, content in files.contents.items():
                target.write(table, number, content)
            found.rows.update(files.rows)
            found.problems += files.problems
            found.read += files.read
        if not found.read and target.would_replace:
            target.leave()
            found.is_written = False
    return found


def _each_whole(batches: Sequence[Batch], each: Each) -> Iterator[tuple[int, Files]]:
    """Yield the number of each batch with its files.

    One that no process was done with comes last: its recordings are tried one by one, so that one
    which needs more memory than there is does not cost the others.
    """
    failed = []
    for number, outcome in enumerate(each(files_of, batches)):
        if outcome.result is None:
            failed.append(number)
        else:
            yield number, outcome.result
    singles = [single for number in failed for single in batches[number].singles]
    outcomes = iter(each(files_of, singles)) if singles else iter(())
    for number in failed:
        pairs = zip(batches[number].singles, outcomes, strict=False)
        yield number, put_together(batches[number], [_files(*pair) for pair in pairs])


def _files(batch: Batch, outcome: Outcome[Files]) -> Files:
    if outcome.result is None:
        return files_without(batch, outcome.error or "it was not read")
    return outcome.result


def batches_of(sources: Sequence[Source], tables: Sequence[str]) -> list[Batch]:
    """Return recordings by the files that have their rows."""
    return [
        Batch(tuple(sources[begin : begin + RECORDINGS_A_FILE]), tuple(tables))
        for begin in range(0, len(sources), RECORDINGS_A_FILE)
    ]
