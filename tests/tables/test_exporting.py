"""Tables of recordings that no process is done with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shutil import copy

import pyarrow.parquet as pq
import pytest
from support.driven import Answer, Driven
from support.exchanges import exchange, request
from support.recordings import write

from iai_proxy.diagnosis.runs import Shown
from iai_proxy.jobs import Local, Outcome, each
from iai_proxy.recordings import Recording
from iai_proxy.sources import Source
from iai_proxy.tables import TABLES, recorded, table_of
from iai_proxy.tables.exporting import export_tables
from iai_proxy.tables.files import Batch, Files
from iai_proxy.tables.run_data import RunData


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


def test_too_little_memory_is_said_as_that_and_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = recordings(tmp_path, 3)
    read = RunData.__init__

    def short_of_memory(self: RunData, recording: Recording, shown: Shown | None = None) -> None:
        if recording.path.name == "01.iairec":
            raise MemoryError
        read(self, recording, shown)

    monkeypatch.setattr(RunData, "__init__", short_of_memory)
    found = export_tables(sources, tmp_path / "out", TABLES, here)
    assert found.problems == ["01.iairec: there is not enough memory for it"]
    assert (found.read, found.rows["calls"]) == (2, 4)


def test_a_fault_in_one_table_does_not_cost_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    sources = recordings(tmp_path, 1)
    monkeypatch.setattr(recorded, "agents_table", broken)
    found = export_tables(sources, tmp_path / "out", TABLES, here)
    said = "the table agents could not be made (ZeroDivisionError('a bug')): please report it"
    assert found.problems == [f"00.iairec: {said}"]
    assert (found.rows["agents"], found.rows["calls"], found.rows["simulations"]) == (0, 2, 1)
    (path,) = (tmp_path / "out/findings").iterdir()
    assert [row["message"] for row in pq.ParquetFile(path).read().to_pylist()][-1] == said


def test_halves_of_characters_cost_a_text_one_character_and_no_table(tmp_path: Path) -> None:
    """JSON can hold them, UTF-8 can't."""
    half = "model \ud800"
    seen = {"location": "a\udfff", "model_version": half}
    asked = {**seen, "agent_states": [[0, 0, 0, 1]], "recurrent_states": [[0.5]]}
    answer = {"agent_states": [[0, 1, 0, 1]], "recurrent_states": [[0.5]], "model_version": half}
    path = tmp_path / "run.iairec"
    write(path, exchange(request(json.dumps(asked).encode()), json.dumps(answer).encode()))
    with Recording(path) as recording:
        tables = {name: table_of(name, recording, source="\udc80").to_pylist() for name in TABLES}
    assert [row["model_versions"] for row in tables["simulations"]] == [["model ?"]]
    assert [(row["model_version"], row["location"]) for row in tables["calls"]] == [
        ("model ?", "a?")
    ]
    assert [row["recording"] for row in tables["agents"]] == ["?"]
