"""Whether the API could read a value, and what is wrong with one that it could not.

A reader takes what a value is called and the value, and yields what is wrong, the first thing
first. Texts are taken for texts: a number between quotes is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, Final

from iai_proxy.text import plural

Faults = Iterator[str]
Reader = Callable[[str, Any], Faults]

_TOO_LARGE: Final = 2**64
#: Of an agent; the last is for cars.
SIZES: Final = ("length", "width", "rear_axis_offset")
LIGHT_STATES: Final = ("none", "green", "yellow", "red")

_KINDS: Final[dict[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


def kind(value: Any) -> str:
    """Return what a JSON value is, in words."""
    return _KINDS.get(type(value), "no number")  # NaN and Infinity, which are not JSON


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return type(value) is int or (type(value) is float and isfinite(value))


def text(what: str, value: Any) -> Faults:
    """Read a text."""
    if not isinstance(value, str):
        yield f"{what} is {kind(value)}, not a text"


def name(what: str, value: Any) -> Faults:
    """Read a text that is not empty."""
    yield from text(what, value)
    if value == "":
        yield f"{what} is empty"


def flag(what: str, value: Any) -> Faults:
    """Read true or false."""
    if not isinstance(value, bool):
        yield f"{what} is {kind(value)}, not true or false"


def number(what: str, value: Any) -> Faults:
    """Read a finite number."""
    if not is_number(value):
        yield f"{what} is {kind(value)}, not a number"


def positive(what: str, value: Any) -> Faults:
    """Read a number above 0."""
    yield from number(what, value)
    if is_number(value) and value <= 0:
        yield f"{what} is {value:g}, not above 0"


def whole(what: str, value: Any) -> Faults:
    """Read a whole number; one of more than 64 bits has been rounded to a double."""
    if not is_number(value):
        yield f"{what} is {kind(value)}, not a whole number"
    elif value != int(value):
        yield f"{what} is {value:g}, not a whole number"
    elif abs(value) >= _TOO_LARGE:
        yield f"{what} is {value:g}, which is more than 64 bits hold"


def count(what: str, value: Any) -> Faults:
    """Read a whole number from 0."""
    yield from whole(what, value)
    if is_number(value) and value < 0:
        yield f"{what} is {value:g}, below 0"


def numbers(what: str, value: Any, sizes: set[int]) -> Faults:
    """Read a list of finite numbers, as many as one of the sizes says."""
    if not isinstance(value, list):
        yield f"{what} is {kind(value)}, not a list"
        return
    if len(value) not in sizes:
        right = " or ".join(map(str, sorted(sizes)))
        yield f"{what} has {plural(len(value), 'number')}, not {right}"
    strange = next((entry for entry in value if not is_number(entry)), 0)
    if not is_number(strange):
        yield f"{what} holds {kind(strange)}"


def pair(what: str, value: Any) -> Faults:
    """Read ``[x, y]``."""
    yield from numbers(what, value, {2})


def listed(each: Reader, called: str) -> Reader:
    """Return what reads a list; ``called`` is the word for its entries."""

    def read(what: str, value: Any) -> Faults:
        if not isinstance(value, list):
            yield f"{what} is {kind(value)}, not a list"
            return
        for index, entry in enumerate(value):
            yield from each(f"{called} {index} of {what}", entry)

    return read


def lights(what: str, value: Any) -> Faults:
    """Read the states of lights by their ids."""
    if not isinstance(value, dict):
        yield f"{what} is {kind(value)}, not an object"
        return
    for light, state in value.items():
        if state not in LIGHT_STATES:
            given = f'"{state}"' if isinstance(state, str) else kind(state)
            yield f"light {light} of {what} is {given}, not {_any_of(LIGHT_STATES)}"


def agents(what: str, value: Any) -> Faults:
    """Read the properties of agents."""
    for index, entry in _objects(value):
        yield from _members(f"agent {index} of {what}", entry)


def placed_agents(what: str, value: Any) -> Faults:
    """Read the properties of agents to be placed: each has all of its sizes or none."""
    for index, entry in _objects(value):
        agent = f"agent {index} of {what}"
        yield from _members(agent, entry)
        is_car = entry.get("agent_type") in (None, "car")
        lacks = [size for size in SIZES[: 3 if is_car else 2] if entry.get(size) is None]
        if lacks and any(entry.get(size) is not None for size in SIZES):
            yield f"{agent} has only some of its sizes: no {' and no '.join(lacks)}"


_MEMBERS: Final[dict[str, Reader]] = {
    "length": positive,
    "width": positive,
    "rear_axis_offset": number,
    "agent_type": text,
    "max_speed": number,
    "waypoint": pair,
    "waypoints": listed(pair, "point"),
}


def _members(agent: str, entry: dict[str, Any]) -> Faults:
    for member, read in _MEMBERS.items():
        if entry.get(member) is not None:
            yield from read(f"{member} of {agent}", entry[member])


def _objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (index, entry) of the entries in the present form; the deprecated one is a list."""
    entries = value if isinstance(value, list) else ()
    return ((index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


def _any_of(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
