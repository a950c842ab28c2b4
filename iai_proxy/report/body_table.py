"""One body of an IAI call as a table, for mitmproxy's own tools.

Reads what any client sends: what is not as the API has it is shown as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from iai_proxy.api.fields import PER_AGENT, PROPERTIES, RECURRENT, WIRE_NAMES
from iai_proxy.api.fingerprint import FRESH, recurrent_fingerprint
from iai_proxy.diagnosis.values import members, rows, sizes, state
from iai_proxy.text import plural, printable, size

_LONGEST: Final = 100
_FLAGS: Final = ("collision", "off the road", "wrong way")
#: Fields that hold an image file as a list of byte values.
_PICTURES: Final = frozenset({"birdview", "birdviews", "birdview_image"})


def body_table(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield a body for people: its fields, then a line for each agent.

    Recurrent states are named by the first digits of their fingerprints: those of a request are
    those of the answer before, if the client hands them on unchanged.

    Args:
        body: a request or an answer, parsed.
    """
    own = {name for name in body if WIRE_NAMES.get(name, name) in PER_AGENT}
    for name, value in body.items():
        if name not in own and name != "states_history":
            yield f"{printable(name)}: {_short(name, value)}"
    agents = _states(body)
    if agents or own:
        yield ""
        yield from _agents(body, agents)


def _states(body: Mapping[str, Any]) -> Sequence[Any]:
    """Return the agents' states; of ``initialize`` the latest of the history."""
    history = rows(body.get("states_history"))
    return rows(body.get("agent_states")) or (rows(history[-1]) if history else ())


def _agents(body: Mapping[str, Any], states: Sequence[Any]) -> Iterator[str]:
    described = next(filter(None, (rows(body.get(name)) for name in PROPERTIES)), ())
    recurrent = rows(body.get(RECURRENT))
    flags = rows(body.get("infraction_indicators") or body.get("infractions"))
    inside = rows(body.get("is_inside_supported_area"))
    yield (
        f"{'index':>5} {'x':>9} {'y':>9} {'heading':>8} {'speed':>9}  {'size':<13} "
        f"{'recurrent':<9} type"
    )
    count = max(map(len, (states, described, recurrent)))
    for index in range(count):
        at = (_at(found, index) for found in (states, described, recurrent, flags, inside))
        yield _agent(index, *at)


def _agent(index: int, where: Any, described: Any, recurrent: Any, flags: Any, inside: Any) -> str:
    length, width, _, kind = sizes(described)
    sized = "" if length is None or width is None else f"{length:.2f} x {width:.2f} m"
    named = printable(kind) if described is not None else ""
    line = f"{index:>5} {_state(where)}  {sized:<13} {_mark(recurrent):<9} {named}"
    odd = [name for name, flag in zip(_FLAGS, _flags(flags), strict=False) if flag is True]
    odd += ["outside the supported area"] if inside is False else []
    return "  ".join([line, *odd]).rstrip()


def _state(value: Any) -> str:
    read = state(value)
    if read is None:
        return f"{'' if value is None else _short('', value):<38}"
    x, y, heading, speed = read
    return f"{x:>9.2f} {y:>9.2f} {math.degrees(heading):>7.1f}° {speed:>5.2f} m/s"


def _mark(value: Any) -> str:
    numbers = rows(value)
    if not numbers:
        return "none" if value is None else ""
    mark = recurrent_fingerprint(numbers)
    return "zeros" if mark == FRESH else f"{mark:016x}"[:8]


def _flags(value: Any) -> Sequence[Any]:
    named = members(value)
    if named:
        return [named.get(name) for name in ("collisions", "offroad", "wrong_way")]
    return rows(value)


def _at(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _short(name: str, value: Any) -> str:
    """Return a value on a line: a picture or a long list by its size."""
    if name in _PICTURES and rows(value):
        return f"picture, {size(len(value))}"
    text = _json(value)
    if len(text) <= _LONGEST:
        return printable(text)
    if isinstance(value, str):
        return f"text, {plural(len(value), 'character')}: {printable(value[:_LONGEST])} …"
    if isinstance(value, Mapping):
        return f"{plural(len(value), 'member')}: {printable(text[:_LONGEST])} …"
    return f"{plural(len(rows(value)), 'item')}: {printable(text[:_LONGEST])} …"


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # numbers beyond 64 bits
        return repr(value)
