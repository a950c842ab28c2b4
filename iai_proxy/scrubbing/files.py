"""A recording as another, scrubbed one."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from iai_proxy.api import Exchange
from iai_proxy.errors import UsageError
from iai_proxy.lineage import Lineage, Step
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.scrubbing.calls import Scrubber
from iai_proxy.scrubbing.disguise import Disguise

#: How many exchanges may wait to be written, with their bodies.
_WAITING: Final = 64


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What became of a recording.

    Attributes:
        calls: how many were written.
        simulations: how many it has; ``steps`` likewise.
        is_alike: whether the new recording has the same simulations and steps.
    """

    calls: int
    simulations: int
    steps: int
    is_alike: bool


def scrub(path: Path, out: Path, disguise: Disguise) -> Scrubbed:
    """Write a recording without what a stranger need not see.

    Args:
        path: the recording; it stays as it is.
        out: the new one, which must not exist.
        disguise: what values become; it counts what is removed.

    Raises:
        InputError: the recording can't be read, or is damaged; nothing is written then.
        UsageError: the new one exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    if out.exists() or out.is_symlink():
        raise UsageError(f"{out} exists: choose another file with -o")
    with Recording(path) as recording, contextlib.ExitStack() as undo:
        calls = list(recording.calls())  # it may still be growing
        numbers = {call.id: place for place, call in enumerate(calls)}
        before = _shape(recording.lineage(calls), numbers)
        scrubber = Scrubber(disguise, min((call.started_ns for call in calls), default=0))
        exchanges = map(recording.exchange, numbers)
        with RecordingWriter(out) as writer:
            undo.callback(_remove, out)
            for number in _written(writer, map(scrubber.exchange, exchanges)):
                number.result()
        undo.pop_all()
    with Recording(out) as scrubbed:
        places = {number: place for place, number in enumerate(scrubbed.numbers())}
        after = _shape(scrubbed.lineage(), places)
    return Scrubbed(len(numbers), len(before), sum(map(len, before)), before == after)


def _written(writer: RecordingWriter, exchanges: Iterator[Exchange]) -> Iterator[Future[int]]:
    """Have exchanges written, some ahead of those whose futures are yielded."""
    waiting: deque[Future[int]] = deque()
    for exchange in exchanges:
        waiting.append(writer.append(partial(_itself, exchange)))
        if len(waiting) > _WAITING:
            yield waiting.popleft()
    yield from waiting


def _itself(exchange: Exchange) -> Exchange:
    return exchange


def _shape(lineage: Lineage, places: dict[int, int]) -> list[list[tuple[object, ...]]]:
    """Return each simulation's steps: which calls each has, which it continues, and its agents.

    Args:
        lineage: of a recording.
        places: where each call stands among all.
    """
    return [
        [
            (
                step.index,
                _places(step, places),
                step.parent and _places(step.parent, places),
                len(step.agents),
            )
            for step in simulation.steps
        ]
        for simulation in lineage.simulations
    ]


def _places(step: Step, places: dict[int, int]) -> list[int]:
    """Return where a step's calls stand: the SDK may begin a turned large call at another end."""
    return sorted(places.get(number, -1) for number in step.calls)


def _remove(path: Path) -> None:
    """Leave no half of a recording behind."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(f"{path.name}{suffix}").unlink()
