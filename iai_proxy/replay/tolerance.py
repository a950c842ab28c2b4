"""How far an agent's state may be from the recorded one, and the flags that would accept more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

#: How far a step may be that is found by its states alone if no tolerance is given, in metres: the
#: next lane is 3 m away.
_LOST_M: Final = 1.0
_MOST_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The ``--tolerance`` of a replay (m, rad, m/s); None if the user gave none."""

    given: float | None

    @property
    def exact(self) -> float:
        """How far apart two states may be that count as the same."""
        return self.given or 0.0

    @property
    def lost(self) -> float:
        """How far a step may be that is found by its states alone."""
        return _LOST_M if self.given is None else self.given

    def at(self, level: str) -> float:
        """Return how far a step may be that was found by lineage."""
        return math.inf if self.given is None and level == "nearest" else self.exact

    def accepting(self, distance: float, level: str) -> str | None:
        """Return the flags that accept a distance, if any do.

        A difference of a metre or more is another situation, so only ``nearest`` accepts it.
        """
        if 0 < distance < 1:
            return flags("nearest", distance)
        if self.given is None:
            return flags(level, None)
        return flags(level, distance) if distance < math.inf else None

    def accepting_lost(self, distance: float, level: str) -> str | None:
        """Return the flags that accept a step found by its states alone, if any do."""
        if distance == math.inf:
            return None
        return flags(level, distance if distance > self.lost else None)


def flags(level: str, distance: float | None) -> str:
    """Return the flags that go from a level to ``nearest``, and to a tolerance of ``distance``."""
    found = [] if level == "nearest" else ["--match nearest"]
    if distance is not None:
        found.append(f"--tolerance {rounded_up(distance)}")
    return " ".join(found)


def rounded_up(value: float) -> str:
    """Return a tolerance of two digits that is not below ``value``."""
    digits = min(max(0, 1 - math.floor(math.log10(value))), _MOST_DIGITS)
    unit = 10**-digits
    units = math.ceil(value / unit)
    text = f"{units * unit:.{digits}f}"
    return text if float(text) >= value else f"{(units + 1) * unit:.{digits}f}"
