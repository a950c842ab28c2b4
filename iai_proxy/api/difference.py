"""What is different between two requests, in the words of the domain: fields, agents, values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import parse_qsl

from iai_proxy.api.fields import PER_AGENT, RECURRENT
from iai_proxy.api.lenient_json import parse_json

_ABSENT: Final = object()
_STATE_WORDS: Final = ("x", "y", "orientation", "speed")
_LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a request is not like the recorded one.

    Attributes:
        field: name of the top-level member or query parameter, ``body`` where one side is not JSON.
        place: the place in words, such as ``agent 12 x``.
        present: the value in the present request, as text.
        recorded: the value in the recording, as text.
    """

    field: str
    place: str
    present: str
    recorded: str

    def __str__(self) -> str:
        return f"{self.place} is {self.present}, recorded {self.recorded}"


def differences(
    present_target: str, present_body: bytes, recorded_target: str, recorded_body: bytes
) -> Iterator[Difference]:
    """Yield what differs between a request and a recorded one: the query first, then the body."""
    present_query, recorded_query = _query(present_target), _query(recorded_target)
    yield from differences_of_values(present_query, recorded_query)
    if present_body == recorded_body:
        return
    try:
        present, recorded = parse_json(present_body), parse_json(recorded_body)
    except ValueError:
        yield Difference(
            "body", "the body", f"{len(present_body)} bytes", f"{len(recorded_body)} bytes"
        )
        return
    if isinstance(present, dict) and isinstance(recorded, dict):
        yield from differences_of_values(present, recorded)
    elif present != recorded:
        yield Difference("body", "the body", _text(present), _text(recorded))


def _query(target: str) -> dict[str, Any]:
    return dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))


def differences_of_values(
    present: dict[str, Any], recorded: dict[str, Any]
) -> Iterator[Difference]:
    """Yield what differs between two JSON objects, in order of their fields."""
    for field in dict.fromkeys((*recorded, *present)):
        ours, theirs = present.get(field, _ABSENT), recorded.get(field, _ABSENT)
        if ours == theirs:
            continue
        if field in PER_AGENT and isinstance(ours, list) and isinstance(theirs, list):
            yield from _agents(field, ours, theirs)
        else:
            yield Difference(field, field, _text(ours), _text(theirs))


def _agents(field: str, present: list[Any], recorded: list[Any]) -> Iterator[Difference]:
    if len(present) != len(recorded):
        yield Difference(field, f"{field} length", str(len(present)), str(len(recorded)))
    for agent, (ours, theirs) in enumerate(zip(present, recorded, strict=False)):
        if ours != theirs:
            yield _agent(field, agent, ours, theirs)


def _agent(field: str, agent: int, ours: Any, theirs: Any) -> Difference:
    if field == "agent_states" and isinstance(ours, list) and isinstance(theirs, list):
        for word, mine, other in zip_longest(_STATE_WORDS, ours, theirs, fillvalue=_ABSENT):
            if mine != other:
                return Difference(field, f"agent {agent} {word}", _text(mine), _text(other))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        first = next(differences_of_values(ours, theirs))
        return Difference(field, f"agent {agent} {first.place}", first.present, first.recorded)
    if field == RECURRENT and isinstance(ours, list) and isinstance(theirs, list):
        changed = sum(mine != other for mine, other in zip_longest(ours, theirs, fillvalue=_ABSENT))
        return Difference(
            field, f"agent {agent} recurrent state", f"different in {changed} numbers", "otherwise"
        )
    return Difference(field, f"agent {agent} {field}", _text(ours), _text(theirs))


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = "null" if value is None else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
