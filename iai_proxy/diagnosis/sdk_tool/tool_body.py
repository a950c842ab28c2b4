"""What the SDK's tool takes from a request or response; as few numbers as possible are parsed.

Nearly all of a body is recurrent states, and nearly always the same text as in the body before. So
they are cut out of the text, the rest is parsed, and they only if their text differs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from iai_proxy.api import RECURRENT
from iai_proxy.api.body import recurrent_span
from iai_proxy.api.lenient_json import is_deep
from iai_proxy.diagnosis.sdk_tool.lookup import RECURRENT_STATES, STATES, Precision, Row
from iai_proxy.errors import InputError

_NAN: Final = b"N"  # of NaN: text with it may not equal the same text


class RecurrentStates:
    """All agents' recurrent states, from text that is parsed when they are asked for."""

    def __init__(self, text: bytes, place: str) -> None:
        self.text = text
        self._place = place

    @cached_property
    def rows(self) -> list[Row]:
        """The numbers of each agent."""
        value, strict = _parsed(self.text, self._place)
        return _rows(value, strict, RECURRENT_STATES, self._place)

    @cached_property
    def are_distinct(self) -> bool:
        """Whether the agents' first numbers differ after rounding, if that is easily seen."""
        text = self.text
        firsts: list[float] = []
        at = text.find(b"[", 1)
        try:
            while at >= 0:
                first = float(text[at + 1 : text.index(b",", at)])
                firsts.append(round(first, RECURRENT_STATES.decimals))
                at = text.find(b"[", at + 1)
        except ValueError:
            return False
        return len(set(firsts)) == len(firsts)


@dataclass(frozen=True, slots=True)
class Body:
    """A drive request or response.

    Attributes:
        states: of the agents, in their order.
        recurrent: None if they are null or missing.
        others: all fields but the recurrent states.
    """

    states: list[Row]
    recurrent: RecurrentStates | None
    others: dict[str, Any]


def read_body(text: bytes, place: str, before: RecurrentStates | None = None) -> Body:
    """Read a request or a response.

    Args:
        text: JSON.
        place: what to call it in an error.
        before: recurrent states that it may repeat as they are.

    Raises:
        InputError: it lacks what the tool compares.
    """
    rest, recurrent, strict = _split(text, place, before)
    states = _rows(rest.get("agent_states"), strict, STATES, f"the agent_states of {place}")
    return Body(states, recurrent, rest)


def read_object(text: bytes, place: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InputError: it is none.
    """
    return _object(_parsed(text, place)[0], place)


def read_sizes(body: dict[str, Any], place: str) -> list[Any]:
    """Return length, width, rear axis offset, type and waypoint of each agent, or its attributes.

    Beside null properties, which the tool can't read, attributes get the waypoint that they lack.

    Raises:
        InputError: they are no list.
    """
    properties, attributes = body.get("agent_properties"), body.get("agent_attributes") or []
    try:
        if properties is not None:
            return [_five(agent or {}) for agent in properties]
        if "agent_properties" in body:
            return [
                agent if isinstance(agent[-1], list) else [*agent, None] for agent in attributes
            ]
        return list(attributes)
    except (TypeError, AttributeError, LookupError) as error:
        raise InputError(
            f"the agent_properties or agent_attributes of {place} are no list of agents"
        ) from error


def _five(agent: dict[str, Any]) -> list[Any]:
    get = agent.get
    return [
        get("length"),
        get("width"),
        get("rear_axis_offset"),
        get("agent_type"),
        get("waypoint"),
    ]


def _split(
    text: bytes, place: str, before: RecurrentStates | None
) -> tuple[dict[str, Any], RecurrentStates | None, bool]:
    """Return the other fields, the recurrent states, and whether all of it is strictly JSON.

    Text with NaN is not: agents of equal text may then not be equal.
    """
    name = f"the recurrent_states of {place}"
    likely = before.text if before and _NAN not in before.text else b""
    begin, end = recurrent_span(text, likely)
    if begin < end:
        try:
            around = b"%bnull%b" % (text[:begin], text[end:])
            rest = None if is_deep(around) else orjson.loads(around)
        except ValueError:
            rest = None
        if isinstance(rest, dict) and rest.get(RECURRENT, 0) is None:
            found = text[begin:end]
            return rest, before if found == likely else RecurrentStates(found, name), True
    value, strict = _parsed(text, place)
    whole = _object(value, place)
    recurrent = whole.get(RECURRENT)
    if recurrent is None:
        return whole, None, strict
    return whole, RecurrentStates(json.dumps(recurrent).encode(), name), strict


def _parsed(text: bytes, place: str) -> tuple[Any, bool]:
    """Parse as the tool does, and say whether the text is strictly JSON.

    Raises:
        InputError: it is no JSON, or nested so deeply that its value can't be compared.
    """
    if is_deep(text):
        raise InputError(f"{place} is nested too deeply")
    try:
        return orjson.loads(text), True
    except ValueError:
        pass
    try:  # knows NaN and Infinity, and half surrogates
        return json.loads(text, parse_int=_integer), False
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place} is no JSON") from error


def _integer(text: str) -> float:
    """Return a whole number as orjson does: a huge one then equals itself, whichever parsed it."""
    value = int(text)
    return value if -(2**63) <= value < 2**64 else float(text)


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{place} is no JSON object")
    return value


def _rows(value: Any, strict: bool, precision: Precision, what: str) -> list[Row]:
    """Return lists of numbers, rounded where there may be a NaN: only then it equals no other."""
    rows = _listed(value)
    if not isinstance(rows, list):
        raise InputError(f"{what} are no list of lists of numbers")
    rows = [_listed(row) for row in rows]
    if not all(isinstance(row, list) for row in rows):
        raise InputError(f"{what} are no list of lists of numbers")
    if strict:
        return rows
    try:
        return [list(precision.whole(row)) for row in rows]
    except TypeError as error:
        raise InputError(f"{what} are no list of lists of numbers") from error


def _listed(value: Any) -> Any:
    """Return what is empty as a list: the tool takes it for one."""
    return [] if value in ({}, "") else value
