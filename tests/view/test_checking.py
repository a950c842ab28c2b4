"""Findings are told when they are known, live and of a whole file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from diagnosis.test_live_process import record  # type: ignore[import-not-found]
from support.recordings import change

from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.view.checking import Checker, Checking
from iai_proxy.view.reader import Reader

Told = tuple[list[Located], bool]


async def told_until(path: Path, reader: Reader, *, is_all: bool) -> Told:
    """Check a file until findings are told that are, or are not, all there are."""
    told: asyncio.Queue[Told] = asyncio.Queue()

    async def take(located: Sequence[Located], are_all: bool, unchecked: str) -> None:
        reader.take(located, are_all, unchecked)
        await told.put((list(located), are_all))

    checking = asyncio.create_task(Checking(reader, Checker(ALL), take).run())
    try:
        while True:
            reader.look()
            try:
                found = await asyncio.wait_for(told.get(), 0.2)
            except TimeoutError:
                continue
            if found[1] is is_all:
                return found
    finally:
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)
        reader.close()


def test_a_complete_recording_has_the_findings_of_a_diagnosis(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    record(path).close()
    located, _ = asyncio.run(told_until(path, Reader(path), is_all=True))
    assert located == list(diagnosed(path, ALL).located)


def test_a_damaged_recording_is_said_not_to_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    record(path).close()
    change(path, "UPDATE body SET data = x'00'")
    reader = Reader(path)
    assert asyncio.run(told_until(path, reader, is_all=False)) == ([], False)
    assert reader.unchecked.startswith(f"{path} is damaged: ")
    assert reader.unchecked.endswith(f"`iai-proxy verify {path}` says more")
    assert reader.summary()["findings"] is None


def test_findings_are_told_while_a_recording_is_written(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with record(path):
        located, _ = asyncio.run(told_until(path, Reader(path), is_all=False))
    assert [found.check.code for found in located] == [203]
