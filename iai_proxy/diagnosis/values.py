"""Reading parsed JSON that may be anything: what is no number, no state, no list counts as absent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from iai_proxy.diagnosis.check import StepView

#: (x m, y m, orientation rad, speed m/s)
State = tuple[float, float, float, float]
#: (length m, width m, rear axis offset m, type); a size that is not given is None.
Sizes = tuple[float | None, float | None, float | None, str]

NO_SIZES: Final[Sizes] = (None, None, None, "car")
_FLAT_SIZES: Final = 3


def rows(value: Any) -> Sequence[Any]:
    """Return a list as it is, and nothing for anything else."""
    return value if isinstance(value, list | tuple) else ()


def members(value: Any) -> Mapping[str, Any]:
    """Return a JSON object as it is, and an empty one for anything else."""
    if isinstance(value, dict):  # nearly always, and ten times as fast to tell
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
    """Return an agent's state, or None if it is not four finite numbers."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    x, y, orientation, speed = value
    # Nearly always four floats, whose sum is finite if they are: ten times as fast to tell.
    if type(x) is type(y) is type(orientation) is type(speed) is float and math.isfinite(
        x + y + orientation + speed
    ):
        return x, y, orientation, speed
    x, y, orientation, speed = map(number, value)
    if x is None or y is None or orientation is None or speed is None:
        return None
    return x, y, orientation, speed


def sent_states(view: StepView) -> Sequence[Any]:
    """Return the states that a request gives, unread; for ``initialize`` the latest of the history."""
    if view.endpoint == "initialize":
        history = rows(view.request.get("states_history"))
        return rows(history[-1]) if history else ()
    return rows(view.request.get("agent_states"))


def answered_states(view: StepView) -> Sequence[Any]:
    """Return the states that an answer gives, unread."""
    return rows(view.answer.get("agent_states"))


def sent_properties(view: StepView) -> Sequence[Any]:
    """Return the properties that a request gives, unread, in whichever of the two forms."""
    return rows(view.request.get("agent_properties")) or rows(view.request.get("agent_attributes"))


def valid_properties(view: StepView) -> Sequence[Any]:
    """Return the properties of the agents of a step's answer: what ``initialize`` answered, or ``drive`` was sent."""
    if view.endpoint == "initialize":
        return rows(view.answer.get("agent_properties")) or rows(
            view.answer.get("agent_attributes")
        )
    return sent_properties(view)


def sizes(value: Any) -> Sizes:
    """Read an agent's properties, or the deprecated flat form of them."""
    if isinstance(value, Mapping):
        return (
            number(value.get("length")),
            number(value.get("width")),
            number(value.get("rear_axis_offset")),
            text(value.get("agent_type")) or "car",
        )
    flat = rows(value)
    numbers = [one for one in map(number, flat) if one is not None][:_FLAT_SIZES]
    names = [one for one in flat if isinstance(one, str)]
    length, width, rear = (*numbers, None, None, None)[:_FLAT_SIZES]
    return length, width, rear, names[0] if names else "car"


def lights_of(value: Any) -> dict[str, Any]:
    """Return the state of each traffic light by its id as a string; nothing where no light is on."""
    return {str(light): colour for light, colour in members(value).items()}


def listed(agents: Sequence[int], most: int = 5) -> str:
    """Name agents in a sentence: ``agent 3``, ``agents 3, 4 and 7``, ``agents 0, 1, 2, 3, 4 and 95 more``."""
    if len(agents) == 1:
        return f"agent {agents[0]}"
    shown = (
        [*map(str, agents[:most]), f"{len(agents) - most} more"]
        if len(agents) > most + 1
        else [*map(str, agents)]
    )
    return f"agents {enumerated(shown)}"


def enumerated(parts: Sequence[str]) -> str:
    """Join the parts of a sentence: ``a, b and c``."""
    return " and ".join(one for one in (", ".join(parts[:-1]), *parts[-1:]) if one)


def verb(agents: Sequence[int], one: str, several: str) -> str:
    """Choose the form of a verb."""
    return one if len(agents) == 1 else several


def grouped(value: float) -> str:
    """Write a number with no more digits than say something: ``3 520``, ``35.2``, ``0.004``."""
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"
