"""Lenient reading of parsed JSON: what is not a number, a state or a list counts as absent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

#: (x m, y m, orientation rad, speed m/s)
State = tuple[float, float, float, float]
#: (length m, width m, rear axis offset m, type); a size that is not given is None.
Sizes = tuple[float | None, float | None, float | None, str]

NO_SIZES: Final[Sizes] = (None, None, None, "car")
_FLAT_SIZES: Final = 3


def rows(value: Any) -> Sequence[Any]:
    """Return a list unchanged, and an empty one for anything else."""
    return value if isinstance(value, list | tuple) else ()


def members(value: Any) -> Mapping[str, Any]:
    """Return a JSON object unchanged, and an empty one for anything else."""
    if isinstance(value, dict):  # almost always, and ten times as fast to test
        return value
    return value if isinstance(value, Mapping) else {}


def number(value: Any) -> float | None:
    """Return a finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def text(value: Any) -> str | None:
    """Return a text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def state(value: Any) -> State | None:
    """Return an agent's state, or None unless it is four finite numbers."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    x, y, orientation, speed = value
    # Almost always four floats, whose sum is finite if they are: ten times as fast to test.
    if type(x) is type(y) is type(orientation) is type(speed) is float and math.isfinite(
        x + y + orientation + speed
    ):
        return x, y, orientation, speed
    x, y, orientation, speed = map(number, value)
    if x is None or y is None or orientation is None or speed is None:
        return None
    return x, y, orientation, speed


def sizes(value: Any) -> Sizes:
    """Return an agent's sizes from its properties, or from the deprecated list of attributes."""
    if isinstance(value, Mapping):
        return (
            number(value.get("length")),
            number(value.get("width")),
            number(value.get("rear_axis_offset")),
            told_kind(value) or "car",
        )
    flat = rows(value)
    numbers = [size for size in map(number, flat) if size is not None][:_FLAT_SIZES]
    length, width, rear = (*numbers, None, None, None)[:_FLAT_SIZES]
    return length, width, rear, told_kind(flat) or "car"


def told_kind(value: Any) -> str | None:
    """Return the type that an agent's properties or attributes name; None if they name none."""
    if isinstance(value, Mapping):
        return text(value.get("agent_type"))
    return next(filter(None, map(text, rows(value))), None)


def lights_of(value: Any) -> dict[str, Any]:
    """Return the state of each traffic light by its id as a string."""
    return {str(light): colour for light, colour in members(value).items()}


def finite_row(value: Any) -> list[float] | None:
    """Return a list of finite numbers, or None for anything else, such as an empty list."""
    row = rows(value)
    if set(map(type, row)) == {float} and math.isfinite(sum(row)):  # almost always, and faster
        return list(row)
    found = [read for read in map(number, row) if read is not None]
    return found if found and len(found) == len(row) else None
