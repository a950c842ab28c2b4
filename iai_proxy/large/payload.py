"""Reading what a client sends for a large call, and saying what is wrong with it as the API itself would.

The API is built on FastAPI: a payload that it can't take is answered 422 with a list ``detail``,
each item of which says where (``loc``), what (``msg``) and of which kind (``type``). Only what
dividing needs is looked at here. The rest is for the API to judge, which may take tomorrow what it
refuses today.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Final

import orjson

from iai_proxy.errors import InputError

Json = dict[str, Any]
_Where = Sequence[str | int]

#: Lists of a request that have an item for each agent.
PER_AGENT: Final = ("agent_states", "agent_attributes", "agent_properties", "recurrent_states")
#: How many calls of one large call may be under way at once.
CONCURRENCY: Final = 8
MOST_CONCURRENCY: Final = 64

_STATE_ITEMS: Final = 4  # x, y, orientation, speed
_MOST_TOLD: Final = 20


class PayloadError(InputError):
    """A large call that can't be taken apart.

    Attributes:
        detail: what is wrong, item by item.
    """

    def __init__(self, detail: Sequence[Json]) -> None:
        super().__init__(
            "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in detail)
        )
        self.detail = list(detail)


def problem(where: _Where, message: str, kind: str, **context: Any) -> Json:
    """Return one item of a ``detail``."""
    return {
        "loc": list(where),
        "msg": message,
        "type": kind,
        **({"ctx": context} if context else {}),
    }


def payload(body: bytes) -> Json:
    """Parse a body.

    Raises:
        PayloadError: it is no JSON object, or has numbers that are not finite, which JSON does not
            know.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _as_python_reads(body)
    if not isinstance(value, dict):
        raise PayloadError([problem(["body"], "Input should be an object", "model_type")])
    return value


def dumped(value: Any) -> bytes:
    """Return a JSON value as bytes; doubles come back from them bit for bit."""
    try:
        return orjson.dumps(value)
    except TypeError:  # half a surrogate pair, in some name
        return json.dumps(value).encode()


def raise_if_any(problems: Iterator[Json]) -> None:
    """Raise a PayloadError with the first problems, if there are any."""
    found = [item for item, _ in zip(problems, range(_MOST_TOLD), strict=False)]
    if found:
        raise PayloadError(found)


def states_problems(states: Any, where: _Where) -> Iterator[Json]:
    """Say what is wrong with a list of agent states."""
    if not isinstance(states, list):
        yield problem(where, "Input should be a valid list", "list_type")
        return
    for index, state in enumerate(states):
        if not isinstance(state, list) or len(state) != _STATE_ITEMS:
            yield problem(
                [*where, index],
                "Input should be a list of x, y, orientation and speed",
                "list_type",
            )
            continue
        for position, number in enumerate(state):
            yield from number_problems(number, [*where, index, position])


def number_problems(value: Any, where: _Where) -> Iterator[Json]:
    """Say what is wrong with a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield problem(where, "Input should be a valid number", "float_type")
    elif not _is_finite(value):
        yield problem(where, "Input should be a finite number", "finite_number")


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond all doubles
        return False


def range_problems(given: Mapping[str, Any], name: str, least: int, most: int) -> Iterator[Json]:
    """Say what is wrong with a whole number that may be left out."""
    value = given.get(name)
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        yield problem(["body", name], "Input should be a valid integer", "int_type")
    elif value < least:
        yield problem(
            ["body", name],
            f"Input should be greater than or equal to {least}",
            "greater_than_equal",
        )
    elif value > most:
        yield problem(
            ["body", name], f"Input should be less than or equal to {most}", "less_than_equal"
        )


def length_problems(given: Mapping[str, Any], count: int) -> Iterator[Json]:
    """Say which lists by agent have not as many items as there are agents."""
    for name in PER_AGENT:
        value = given.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            yield problem(["body", name], "Input should be a valid list", "list_type")
        elif len(value) != count:
            message = f"{name} has {len(value)} items, but agent_states has {count}: one is needed for each agent"
            yield problem(["body", name], message, "value_error")


def _as_python_reads(body: bytes) -> Any:
    """Parse what the strict parser refuses: half surrogate pairs pass, numbers that are not finite are named."""
    try:
        value = json.loads(body, parse_constant=_not_finite, parse_float=_finite)
    except RecursionError:
        raise PayloadError(
            [problem(["body"], "JSON is nested too deeply", "json_invalid")]
        ) from None
    except UnicodeDecodeError as error:
        raise PayloadError(
            [problem(["body", error.start], "JSON is not UTF-8", "json_invalid")]
        ) from None
    except json.JSONDecodeError as error:
        message = f"JSON decode error: {error.msg}"
        raise PayloadError([problem(["body", error.pos], message, "json_invalid")]) from None
    except ValueError as error:  # a whole number of thousands of digits
        raise PayloadError([problem(["body"], str(error), "json_invalid")]) from None
    raise_if_any(
        problem(where, f"Input should be a finite number, not {text}", "finite_number")
        for where, text in _strange(value, ["body"])
    )
    return value


class _NotFinite(str):
    """Stands where a number stood that is none."""

    __slots__ = ()


def _not_finite(text: str) -> _NotFinite:
    return _NotFinite(text)


def _finite(text: str) -> float | _NotFinite:
    number = float(text)
    return number if isfinite(number) else _NotFinite(text)


def _strange(value: Any, where: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    if isinstance(value, _NotFinite):
        yield where, str(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strange(item, [*where, name])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, list | dict | _NotFinite):
                yield from _strange(item, [*where, index])
