"""Large entries of a debug log: left out where the calls they were made of are there, else divided into such calls.

The Python SDK logs a ``large_drive`` as a whole and each call that it makes. A log with only the
whole ones (an excerpt, or another program's) is divided as the SDK divides them, with its default
limit of 100 agents a call: the limit that a program gave is not logged. Nor is what buffer agents
were answered: they get what the whole answer has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from iai_proxy.api.fields import PER_AGENT, WIRE_NAMES
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.large.split import split
from iai_proxy.logs.import_pairs import Pair, Side
from iai_proxy.logs.import_sketch import Sketch

Json = dict[str, Any]


class Texts(NamedTuple):
    """One call as it would have been on the wire."""

    request: str  # JSON
    response: str | None  # JSON


def redundant(large: Sequence[Side], calls: Sequence[Side], *, drives: bool) -> list[bool]:
    """Tell for each large request whether its calls are in the log too: they carry only agents of it.

    Args:
        large: requests of ``large_drive`` or ``large_initialize``.
        calls: requests of ``drive`` or ``initialize``.
        drives: which of the two.
    """
    sketches = [(call, call.outline) for call in calls]
    found = []
    for entry in large:
        whole = entry.outline
        rows = whole.rows()
        # No upper bound: which response is this entry's is not known yet, and programs may run
        # several at once.
        made = (
            part
            for call, part in sketches
            if call.ns is None or entry.ns is None or entry.ns <= call.ns
        )
        found.append(any(_is_part(part, whole, rows, drives=drives) for part in made))
    return found


def _is_part(part: Sketch, whole: Sketch, rows: set[tuple[float, ...]], *, drives: bool) -> bool:
    if (part.location, part.seed) != (whole.location, whole.seed):
        return False
    return not drives or (len(part) > 0 and part.rows() <= rows)


def divided(pair: Pair) -> Iterator[Texts]:
    """Divide a large entry into calls, in the order in which the SDK would make them.

    A ``large_drive`` as the SDK does. A ``large_initialize`` does not say which regions it had: its
    agents become one ``initialize``, or, if more than 100, several of 100 in their order.

    Raises:
        InputError: it can't be divided.
    """
    request: Json = json.loads(pair.request.text)
    answer: Json | None = json.loads(pair.response.text) if pair.response else None
    if answer is not None:
        answer = {WIRE_NAMES.get(name, name): value for name, value in answer.items()}
    if pair.model == "large_drive":
        shares = split([(float(x), float(y)) for x, y, *_ in request["agent_states"]])
        chosen = [[*share.own, *share.others] for share in shares]
    else:
        count = max(
            len(request.get("agent_properties") or ()),
            len((answer or {}).get("agent_states") or ()),
        )
        starts = range(0, max(count, 1), AGENTS_PER_CALL)
        chosen = [list(range(start, min(start + AGENTS_PER_CALL, count))) for start in starts]
    if len(chosen) == 1:  # unchanged, to the letter
        yield Texts(pair.request.text, None if answer is None else json.dumps(answer))
        return
    for agents in chosen:
        part = _only(request, agents)
        if pair.model == "large_initialize":
            history = request.get("states_history") or []
            part["states_history"] = [_items(states, agents) for states in history]
        yield Texts(json.dumps(part), None if answer is None else json.dumps(_only(answer, agents)))


def _only(body: Json, agents: Sequence[int]) -> Json:
    """Return a body with these agents; other fields, and lists that are empty or null, stay as they are."""
    return {
        name: _items(value, agents) if name in PER_AGENT and isinstance(value, list) else value
        for name, value in body.items()
    }


def _items(values: Sequence[Any], agents: Sequence[int]) -> list[Any]:
    return [values[index] for index in agents if index < len(values)]
