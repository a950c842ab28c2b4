"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from iai_proxy.diagnosis.wording import grouped

_SYMBOLS: Final = frozenset({"m", "m/s", "m/s²", "ms", "rad"})


def size(count: int) -> str:
    """Return a number of bytes in decimal units."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.3g} {unit}"
    return f"{value / 1000:.3g} TB"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 call``, ``2 calls``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def measured(value: float, unit: str) -> str:
    """Return a value with its unit: ``0.5 m``; or with what is counted: ``3 agents``. ``unit`` may be empty."""
    counted = unit and unit not in _SYMBOLS and value == round(value)
    return plural(round(value), unit) if counted else f"{grouped(value)} {unit}".rstrip()


def ranges(numbers: Iterable[int]) -> str:
    """Return rising numbers with runs folded: ``1-3, 7``."""
    runs = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(runs)


def moment(time_ns: int) -> str:
    """Return a time (nanoseconds since the epoch) in UTC, to the millisecond."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d}Z"
