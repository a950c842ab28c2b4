"""What is different between two requests, in the words of the domain: fields, agents, values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import parse_qsl

from iai_proxy.api.endpoint import query_of
from iai_proxy.api.fields import PER_AGENT, RECURRENT
from iai_proxy.api.lenient_json import parse_json

_ABSENT: Final = object()
_STATE_WORDS: Final = ("x", "y", "orientation", "speed")
_LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a request is not like the recorded one.

    Attributes:
        field: name of the top-level member or query parameter, ``body`` if one side is not JSON.
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
    present_query, recorded_query = _parameters(present_target), _parameters(recorded_target)
    yield from differences_of_values(present_query, recorded_query)
    if present_body == recorded_body:
        return
    try:
        present, recorded = parse_json(present_body), parse_json(recorded_body)
    except ValueError:
        sizes = f"{len(present_body)} bytes", f"{len(recorded_body)} bytes"
        yield Difference("body", "the body", *sizes)
        return
    if isinstance(present, dict) and isinstance(recorded, dict):
        yield from differences_of_values(present, recorded)
    elif present != recorded:
        yield Difference("body", "the body", _text(present), _text(recorded))


def differences_of_values(
    present: dict[str, Any], recorded: dict[str, Any]
) -> Iterator[Difference]:
    """Yield what differs between two JSON objects, in order of their fields."""
    for field in dict.fromkeys((*recorded, *present)):
        now, before = present.get(field, _ABSENT), recorded.get(field, _ABSENT)
        if now == before:
            continue
        if field in PER_AGENT and isinstance(now, list) and isinstance(before, list):
            yield from _of_agents(field, now, before)
        else:
            yield Difference(field, field, _text(now), _text(before))


def _of_agents(field: str, present: list[Any], recorded: list[Any]) -> Iterator[Difference]:
    if len(present) != len(recorded):
        yield Difference(field, f"{field} length", str(len(present)), str(len(recorded)))
    for agent, (now, before) in enumerate(zip(present, recorded, strict=False)):
        if now != before:
            place, *values = _of_agent(field, now, before)
            yield Difference(field, f"agent {agent} {place}", *values)


def _of_agent(field: str, present: Any, recorded: Any) -> tuple[str, str, str]:
    """Return the place of the first difference, and the values there as text."""
    if isinstance(present, dict) and isinstance(recorded, dict):
        first = next(differences_of_values(present, recorded))
        return first.place, first.present, first.recorded
    if isinstance(present, list) and isinstance(recorded, list):
        pairs = list(zip_longest(present, recorded, fillvalue=_ABSENT))
        different = [index for index, (now, before) in enumerate(pairs) if now != before]
        if field == RECURRENT:
            return "recurrent state", f"different in {len(different)} numbers", "otherwise"
        if field == "agent_states":
            now, before = pairs[different[0]]
            return _state_word(different[0]), _text(now), _text(before)
    return field, _text(present), _text(recorded)


def _state_word(index: int) -> str:
    return _STATE_WORDS[index] if index < len(_STATE_WORDS) else f"number {index + 1}"


def _parameters(target: str) -> dict[str, Any]:
    return dict(parse_qsl(query_of(target), keep_blank_values=True))


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = "null" if value is None else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
