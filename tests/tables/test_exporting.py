"""Tables of recordings that no process is done with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shutil import copy

import pyarrow.parquet as pq
from support.driven import Answer, Driven

from iai_proxy.jobs import Local, Outcome, each
from iai_proxy.sources import Source
from iai_proxy.tables import TABLES
from iai_proxy.tables.exporting import export_tables
from iai_proxy.tables.files import Batch, Files


def recordings(folder: Path, count: int) -> list[Source]:
    made = folder / "made.iairec"
    Driven().drive(Answer([(0, 0, 0, 1)]), Answer([(0, 1, 0, 1)])).record(made)
    paths = [folder / f"{number:02}.iairec" for number in range(count)]
    for path in paths:
        copy(made, path)
    return [Source(path.name, path) for path in paths]


def here(function: Callable[[Batch], Files], items: Sequence[Batch]) -> Iterator[Outcome[Files]]:
    return each(function, items, on=Local(1))


def too_large(
    function: Callable[[Batch], Files], items: Sequence[Batch]
) -> Iterator[Outcome[Files]]:
    """Fails wherever the second recording is worked on."""
    for item in items:
        names = [source.name for source in item.sources]
        yield Outcome(None, "no memory") if "01.iairec" in names else Outcome(function(item))


def test_a_recording_that_ends_each_process_does_not_cost_the_others(tmp_path: Path) -> None:
    sources = recordings(tmp_path, 18)
    found = export_tables(sources, tmp_path / "out", TABLES, too_large)
    assert found.problems == ["01.iairec: no memory"]
    names = [
        row["recording"]
        for path in sorted((tmp_path / "out/agents").iterdir())
        for row in pq.ParquetFile(path).read(["recording"]).to_pylist()
    ]
    assert names == [
        name for number in range(18) if number != 1 for name in [f"{number:02}.iairec"] * 2
    ]
    findings = pq.ParquetFile(tmp_path / "out/findings/00000.parquet").read().to_pylist()
    unread = [(row["recording"], row["message"]) for row in findings if not row["code"]]
    assert unread == [("01.iairec", "no memory")]


def test_recordings_that_are_tried_again_one_by_one_give_the_same_files(tmp_path: Path) -> None:
    sources = recordings(tmp_path, 3)

    def apart(
        function: Callable[[Batch], Files], items: Sequence[Batch]
    ) -> Iterator[Outcome[Files]]:
        for item in items:
            yield Outcome(function(item)) if len(item.sources) == 1 else Outcome(None, "gone")

    for folder, way in (("whole", here), ("apart", apart)):
        assert not export_tables(sources, tmp_path / folder, TABLES, way).problems
    for table in TABLES:
        whole, again = (
            (tmp_path / folder / table / "00000.parquet").read_bytes()
            for folder in ("whole", "apart")
        )
        assert again == whole, table
