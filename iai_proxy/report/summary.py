"""The last lines of a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from iai_proxy.replay import Tally
from iai_proxy.report.units import plural, ranges, size


def recorded(recording: Path, calls: int, failed: int, file_bytes: int, why_empty: str | None) -> Iterator[str]:
    """Say what a recording session came to."""
    if calls or file_bytes:
        yield f"recorded {plural(calls, 'call')} into {recording} ({size(file_bytes)})"
    else:
        yield f"recorded nothing; {recording} was not kept"
    if failed:
        yield f"{plural(failed, 'call')} could not be recorded and got a refusal instead of an answer"
    if why_empty:
        yield why_empty


def replayed(tally: Tally) -> Iterator[str]:
    """Say what a replay came to."""
    levels = ", ".join(f"{count} {level}" for level, count in tally.served.items())
    yield f"served {plural(tally.served.total(), 'call')}{f' ({levels})' if levels else ''}"
    yield plural(tally.misses, "miss") if tally.misses == 1 else f"{tally.misses} misses"
    if tally.unused:
        yield f"never used: {plural(len(tally.unused), 'recorded call')} ({ranges(tally.unused)})"
    else:
        yield "every recorded answer was used"
    if tally.failures:
        yield f"{plural(tally.failures, 'recorded failure')} left out"


def verified(recording: Path, calls: int, problems: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Say whether a recording is whole: how many of its calls are, and (place, message) of what is wrong."""
    if not problems:
        yield f"{recording} is whole: {plural(calls, 'call')}"
        return
    yield f"{recording} is damaged: {plural(calls, 'call')} whole, {plural(len(problems), 'problem')}"
    for place, message in problems:
        yield f"  {place}: {message}"
