"""What is different between two requests, in the words of the domain: fields, agents, values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
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
#: Texts that need no quotes: those that can't be taken for another JSON value, or overlooked.
_PLAIN: Final = re.compile(r"(?!(?:absent|true|false|null)$)[^\W\d](?:[^\n\r\t\"]*[^\s\"])?")
#: What stands for one entry of a field that holds the lights.
_LIGHTS: Final = {"traffic_lights_states": "light", "light_recurrent_states": "light group"}


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
    yield from _of_objects(present_query, recorded_query, _query_text)
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
        yield Difference("body", "the body", value_text(present), value_text(recorded))


def differences_of_values(
    present: dict[str, Any], recorded: dict[str, Any]
) -> Iterator[Difference]:
    """Yield what differs between two JSON objects, in order of their fields."""
    yield from _of_objects(present, recorded, value_text)


def value_text(value: Any) -> str:
    """Return a JSON value as it was sent, or a plain word without its quotes; shortened."""
    if value is _ABSENT:
        return "absent"
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return _short(value)
    return _short(json.dumps(value, ensure_ascii=False, default=str))


def _of_objects(
    present: dict[str, Any], recorded: dict[str, Any], text: Callable[[Any], str]
) -> Iterator[Difference]:
    for field in dict.fromkeys((*recorded, *present)):
        now, before = present.get(field, _ABSENT), recorded.get(field, _ABSENT)
        if now == before:
            continue
        if field in PER_AGENT and isinstance(now, list) and isinstance(before, list):
            yield from _of_agents(field, now, before)
        elif (light := _light(field, now, before)) is not None:
            yield light
        else:
            yield Difference(field, field, text(now), text(before))


def _light(field: str, present: Any, recorded: Any) -> Difference | None:
    """Return the first light, or group of lights, that differs; None if they have no common ids."""
    sides = (_by_id(present), _by_id(recorded))
    if field not in _LIGHTS or sides[0].keys() != sides[1].keys():
        return None
    for light, now in sides[0].items():
        if now != (before := sides[1][light]):
            place = f"{_LIGHTS[field]} {light}"
            return Difference(field, place, value_text(now), value_text(before))
    return None


def _by_id(lights: Any) -> dict[Any, Any]:
    if isinstance(lights, list):
        return dict(enumerate(lights))
    return lights if isinstance(lights, dict) else {}


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
            return _state_word(different[0]), value_text(now), value_text(before)
    return field, value_text(present), value_text(recorded)


def _state_word(index: int) -> str:
    return _STATE_WORDS[index] if index < len(_STATE_WORDS) else f"number {index + 1}"


def _parameters(target: str) -> dict[str, Any]:
    return dict(parse_qsl(query_of(target), keep_blank_values=True))


def _query_text(value: Any) -> str:
    """Return a query parameter, which is always a text."""
    return _short(value) if isinstance(value, str) and value else value_text(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
