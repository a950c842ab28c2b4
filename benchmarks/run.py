"""Runs the benchmarks, says which goals are reached, and keeps the figures.

    make bench                          all, and writes docs/benchmarks.md
    make bench ROUNDS=1 ONLY=start      some; the page stays as it is
    make bench BENCH_ARGS=--tiny        a few calls of each, to see that all runs

All take 12 minutes on two idle cores: each section has its time, and ends with fewer than five
rounds where that is over. Figures go to benchmarks/results, a file for each section, as soon as it
has ended, and the page is written anew then; ``python benchmarks/document.py`` writes it from what
is there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import disk
import document
import long_run
import recording
import replaying
import scale
import sdk_loop
import start
import tables
from figures import Rows
from goals import goals
from limits import Limits
from machine import machine, versions
from processes import adopt_orphans
from ways import NO_MOCKTTP, has_mockttp


class Section(NamedTuple):
    run: Callable[..., Rows]
    seconds: int  # what it may take


#: `replaying` has the files that `start` made; `scale` reads what `long_run` recorded.
BENCHMARKS: Mapping[str, tuple[Section, ...]] = {
    "start": (Section(start.run, 75),),
    "recording": (Section(recording.run, 150),),
    "replaying": (Section(replaying.run, 75),),
    "sdk_loop": (Section(sdk_loop.run, 75),),
    "disk": (Section(disk.run, 30),),
    "scale": (Section(long_run.run, 165), Section(scale.run, 90)),
    "tables": (Section(tables.run, 75),),
}
ROUNDS = 5


def main() -> None:
    given = _given()
    if not has_mockttp():
        print(NO_MOCKTTP)
    adopt_orphans()
    is_all = set(given.only) == set(BENCHMARKS) and given.rounds >= ROUNDS and not given.tiny
    if is_all:
        shutil.rmtree(document.RESULTS, ignore_errors=True)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="iai-proxy-bench-") as folder:
        bench = Bench(Path(folder), given.rounds, is_tiny=given.tiny, writes_page=is_all)
        for name in given.only:
            bench.run(name)
    say_goals(bench.found)
    print(f"\nall: {time.perf_counter() - begun:.0f} s")
    if bench.failed:
        sys.exit(f"failed: {', '.join(bench.failed)}")


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--tiny", action="store_true", help="a few calls, to see that all runs")
    return parser.parse_args()


class Bench:
    """Runs benchmarks one after the other, and keeps what each found as soon as it has ended."""

    def __init__(self, folder: Path, rounds: int, *, is_tiny: bool, writes_page: bool) -> None:
        self._folder, self._rounds = folder, rounds
        self._is_tiny, self._writes_page = is_tiny, writes_page
        self._facts = {"machine": machine(), "versions": versions()}
        self.found: dict[str, Rows] = {}
        self.failed: list[str] = []

    def run(self, name: str) -> None:
        begun = time.perf_counter()
        print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)
        try:
            for section in BENCHMARKS[name]:
                self._run(section)
        except Exception:
            traceback.print_exc()  # the others are worth their minutes all the same
            self.failed.append(name)
        print(f"{name}: {time.perf_counter() - begun:.0f} s\n", flush=True)

    def _run(self, section: Section) -> None:
        limits = Limits(self._rounds, section.seconds)
        rows = section.run(limits, self._folder, tiny=self._is_tiny)
        rows.notes += limits.notes
        self.found[rows.section] = rows
        if not self._is_tiny:
            rows.write(document.RESULTS, self._facts)
        if self._writes_page:
            document.write(self.found, self._facts)
            print(f"  written: {document.PAGE}, {document.PICTURE}", flush=True)


def say_goals(found: Mapping[str, Rows]) -> None:
    for group, members in groupby(goals(found), lambda goal: goal.group):
        print(group)
        for goal in members:
            print(f"  {goal.sentence()}")


if __name__ == "__main__":
    main()
