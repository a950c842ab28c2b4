"""What a client sends for a large call, and what is wrong with it, in the form of the API itself.

The API is built on FastAPI: it answers a payload that it can't take with 422 and a list ``detail``,
each item of which says where (``loc``), what (``msg``) and of which kind (``type``). Only what
dividing needs is checked here. The rest is for the API to judge, which may take tomorrow what it
refuses today.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any, Final

import orjson

from iai_proxy.api.fields import SENT_PER_AGENT
from iai_proxy.api.lenient_json import NotFinite, parse_json
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.errors import InputError
from iai_proxy.large.limits import MOST_AGENTS

Json = dict[str, Any]
Where = Sequence[str | int]

#: How many calls of one large call may be under way at once.
CONCURRENCY: Final = 8
MOST_CONCURRENCY: Final = 64

_STATE_ITEMS: Final = 4  # x, y, orientation, speed
_MOST_PROBLEMS: Final = 20


class PayloadError(InputError):
    """A large call that can't be divided.

    Attributes:
        detail: what is wrong, item by item.
    """

    def __init__(self, detail: Sequence[Json]) -> None:
        super().__init__(
            "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in detail)
        )
        self.detail = list(detail)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.detail,)


def problem(where: Where, message: str, kind: str, **context: Any) -> Json:
    """Return one item of a ``detail``."""
    item = {"loc": list(where), "msg": message, "type": kind}
    return {**item, "ctx": context} if context else item


def raise_if_any(problems: Iterator[Json]) -> None:
    """Raise a PayloadError with the first problems, if there are any."""
    found = list(islice(problems, _MOST_PROBLEMS))
    if found:
        raise PayloadError(found)


def parse_payload(body: bytes) -> Json:
    """Parse a body.

    Raises:
        PayloadError: it is no JSON object, or has numbers that are not finite, which JSON does not
            know.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _parse_leniently(body)
    if not isinstance(value, dict):
        raise PayloadError([problem(["body"], "Input should be an object", "model_type")])
    return value


def dump(value: Any) -> bytes:
    """Return a JSON value as bytes; doubles come back from them bit for bit."""
    try:
        return orjson.dumps(value)
    except TypeError:  # half a surrogate pair, in some name
        return json.dumps(value).encode()


def many_agents(count: int, where: Where) -> Iterator[Json]:
    """Yield that there are too many agents, if there are."""
    if count > MOST_AGENTS:
        message = (
            f"there are {count} agents: a large call takes {MOST_AGENTS} at most, which are "
            f"{MOST_AGENTS // AGENTS_PER_CALL} full calls of the API"
        )
        yield problem(where, message, "too_long")


def states_problems(states: Any, where: Where) -> Iterator[Json]:
    """Yield what is wrong with a list of agent states."""
    if not isinstance(states, list):
        yield problem(where, "Input should be a valid list", "list_type")
        return
    for index, state in enumerate(states):
        if not isinstance(state, list) or len(state) != _STATE_ITEMS:
            message = "Input should be a list of x, y, orientation and speed"
            yield problem([*where, index], message, "list_type")
            continue
        for position, number in enumerate(state):
            yield from number_problems(number, [*where, index, position])


def number_problems(value: Any, where: Where) -> Iterator[Json]:
    """Yield what is wrong with a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield problem(where, "Input should be a valid number", "float_type")
    elif not _is_finite(value):
        yield problem(where, "Input should be a finite number", "finite_number")


def range_problems(value: Any, where: Where, least: int, most: int) -> Iterator[Json]:
    """Yield what is wrong with a whole number that may be left out."""
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        yield problem(where, "Input should be a valid integer", "int_type")
    elif value < least:
        message = f"Input should be greater than or equal to {least}"
        yield problem(where, message, "greater_than_equal")
    elif value > most:
        message = f"Input should be less than or equal to {most}"
        yield problem(where, message, "less_than_equal")


def length_problems(payload: Mapping[str, Any], count: int) -> Iterator[Json]:
    """Yield which lists by agent have another length than there are agents."""
    for name in SENT_PER_AGENT:
        value = payload.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            yield problem(["body", name], "Input should be a valid list", "list_type")
        elif len(value) != count:
            message = (
                f"{name} has {len(value)} items, but agent_states has {count}: "
                "one is needed for each agent"
            )
            yield problem(["body", name], message, "value_error")


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond all doubles
        return False


def _parse_leniently(body: bytes) -> Any:
    """Parse what the strict parser refuses: half surrogate pairs pass, NaN and such are named."""
    try:
        value = parse_json(body)
    except UnicodeDecodeError as error:
        raise _no_json(["body", error.start], "JSON is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _no_json(["body", error.pos], f"JSON decode error: {error.msg}") from None
    except ValueError as error:  # nested too deeply, or a whole number of thousands of digits
        raise _no_json(["body"], str(error)) from None
    raise_if_any(
        problem(where, f"Input should be a finite number, not {name}", "finite_number")
        for where, name in _not_finite(value, ["body"])
    )
    return value


def _no_json(where: Where, message: str) -> PayloadError:
    return PayloadError([problem(where, message, "json_invalid")])


def _not_finite(value: Any, where: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    if isinstance(value, NotFinite):
        yield where, str(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _not_finite(item, [*where, name])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, list | dict | NotFinite):
                yield from _not_finite(item, [*where, index])
