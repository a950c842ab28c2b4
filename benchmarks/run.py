"""Runs the benchmarks, says which goals are reached, and keeps the figures.

    make bench                          all, five rounds, and writes docs/benchmarks.md
    make bench ROUNDS=1 ONLY=start      some; the page stays as it is

Figures go to benchmarks/results, a file for each benchmark.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import disk
import document
import long_run
import recording
import replaying
import scale
import sdk_loop
import start
from figures import Rows
from goals import goals
from machine import machine, versions
from processes import adopt_orphans
from ways import NO_MOCKTTP, has_mockttp

#: `scale` reads what `long_run` recorded.
BENCHMARKS: Mapping[str, tuple[Callable[..., Rows], ...]] = {
    "start": (start.run,),
    "recording": (recording.run,),
    "replaying": (replaying.run,),
    "sdk_loop": (sdk_loop.run,),
    "disk": (disk.run,),
    "scale": (long_run.run, scale.run),
}
#: With fewer rounds the page is not written: its medians would say little.
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--tiny", action="store_true", help="a few calls, to see that all runs")
    given = parser.parse_args()
    if not has_mockttp():
        print(NO_MOCKTTP)
    adopt_orphans()
    facts = {"rounds": given.rounds, "machine": machine(), "versions": versions()}
    found: dict[str, Rows] = {}
    failed = []
    for name in given.only:
        begun = time.perf_counter()
        try:
            for rows in _rows_of(name, given.rounds, tiny=given.tiny):
                found[rows.section] = rows
                if not given.tiny:
                    rows.write(document.RESULTS, facts)
        except Exception:
            traceback.print_exc()  # the others are worth their minutes all the same
            failed.append(name)
        print(f"{name}: {time.perf_counter() - begun:.0f} s\n", flush=True)
    say_goals(found)
    if set(given.only) == set(BENCHMARKS) and given.rounds >= ROUNDS and not given.tiny:
        document.write(found, facts)
        print(f"\nwritten: {document.PAGE}, {document.PICTURE}")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _rows_of(name: str, rounds: int, *, tiny: bool) -> Iterator[Rows]:
    print(name, flush=True)
    with tempfile.TemporaryDirectory(prefix="iai-proxy-bench-") as folder:
        for run in BENCHMARKS[name]:
            yield run(rounds, Path(folder), tiny=tiny)


def say_goals(found: Mapping[str, Rows]) -> None:
    for group, members in groupby(goals(found), lambda goal: goal.group):
        print(group)
        for goal in members:
            print(f"  {goal.sentence()}")


if __name__ == "__main__":
    main()
