"""Misses that several places find, and how their sentences name things."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from iai_proxy.api import Difference
from iai_proxy.lineage import Observation
from iai_proxy.replay.decisions import Miss, MissKind

_SHOWN: Final = 3
_MOST_DIGITS: Final = 12


def elsewhere(asked: Observation, recorded: Sequence[Observation]) -> Miss | None:
    """Return the miss of a request for a location that was not recorded; None where nothing was."""
    places = list(dict.fromkeys(str(one.location) for one in recorded))
    if not places:
        return None
    reason = f"is for location {asked.location}; {few(places)} was recorded"
    return Miss(MissKind.LOCATION, reason, recorded[0].call.id, compared=True)


def other_fields(
    what: str, otherwise: Sequence[Difference], number: int, where: tuple[int, int] | None
) -> Miss:
    """Return the miss of a request that is ``what``, but asks for something else about it."""
    reason = f"{what}, but asks for something else: {few([str(one) for one in otherwise])}"
    flags = " ".join(f"--ignore {field}" for field in dict.fromkeys(one.field for one in otherwise))
    return Miss(MissKind.FIELDS, reason, number, flags, compared=True, where=where)


def rounded_up(value: float) -> str:
    """Return a tolerance of two digits that is not below the one needed."""
    digits = min(max(0, 1 - math.floor(math.log10(value))), _MOST_DIGITS)
    unit = 10**-digits
    whole = math.ceil(value / unit)
    text = f"{whole * unit:.{digits}f}"
    return text if float(text) >= value else f"{(whole + 1) * unit:.{digits}f}"


def flags(level: str, distance: float | None) -> str:
    """Name the flags that take a request from a level to ``nearest``, and to a distance."""
    match = [] if level == "nearest" else ["--match nearest"]
    return " ".join(
        [*match, *([f"--tolerance {rounded_up(distance)}"] if distance is not None else [])]
    )


def few(texts: Sequence[str]) -> str:
    """Name some things, and how many more there are."""
    shown = ", ".join(texts[:_SHOWN])
    return f"{shown} and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else shown
