"""Large calls of a debug log: left out where the log has the calls they were made of, else divided.

The Python SDK logs a ``large_drive`` as a whole and each call that it makes. A log with only the
whole ones (an excerpt, or another program's) is divided as the SDK divides them, with its default
limit of 100 agents a call: the limit that a program gave is not logged. Nor is what buffer agents
were answered: they get what the whole answer has.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iai_proxy.api import Endpoint
from iai_proxy.api.fields import PER_AGENT, WIRE_NAMES
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.large.split import split
from iai_proxy.logs.bodies import LogBody

_Json = dict[str, Any]
#: Location and seed.
_Run = tuple[str | None, int | None]


def redundant(
    large: Endpoint, large_calls: Sequence[LogBody | None], calls: Sequence[LogBody | None]
) -> list[bool]:
    """Tell for each large request whether its calls are in the log too: they carry only its agents.

    A request that can't be read counts as redundant.

    Args:
        large: ``large_drive`` or ``large_initialize``.
        large_calls: its requests.
        calls: requests of ``drive`` or ``initialize``.
    """
    parts = _Parts(body for body in calls if body)
    if large.is_initialize:
        return [whole is None or _run_of(whole) in parts.runs for whole in large_calls]
    return [whole is None or parts.has_any_of(whole) for whole in large_calls]


class _Parts:
    """Requests that may be those that large calls were made of.

    Attributes:
        runs: the locations and seeds that there are.
    """

    def __init__(self, bodies: Iterable[LogBody]) -> None:
        self.runs: set[_Run] = set()
        self._by_least: defaultdict[int, set[tuple[_Run, frozenset[int]]]] = defaultdict(set)
        for body in bodies:
            run, states = _run_of(body), frozenset(body.agents.states)
            self.runs.add(run)
            if states:
                self._by_least[min(states)].add((run, states))

    def has_any_of(self, whole: LogBody) -> bool:
        """Whether one has agents of a large call only."""
        run, states = _run_of(whole), frozenset(whole.agents.states)
        return any(
            other == run and part <= states
            for state in states & self._by_least.keys()
            for other, part in self._by_least[state]
        )


def _run_of(body: LogBody) -> _Run:
    return body.facts.location, body.facts.seed


def divided(
    model: Endpoint, request: bytes, answer: bytes | None
) -> Iterator[tuple[bytes, bytes | None]]:
    """Divide a large call and yield request and answer of each part, in the SDK's order.

    A ``large_drive`` is divided as the SDK does. A ``large_initialize`` does not say which regions
    it had: its agents become one ``initialize``, or, if more than 100, several of 100 in their
    order.

    Raises:
        InputError: it can't be divided.
        ValueError: a body is no JSON object, or has not the shape that the SDK logs; as
            ``TypeError``, ``LookupError`` and ``AttributeError`` do.
    """
    whole: _Json = json.loads(request)
    whole_answer: _Json | None = None
    if answer is not None:
        items = json.loads(answer).items()
        whole_answer = {WIRE_NAMES.get(name, name): value for name, value in items}
    chosen = _agents_of_parts(model, whole, whole_answer or {})
    if len(chosen) == 1:  # unchanged, to the letter
        yield request, None if whole_answer is None else _encoded(whole_answer)
        return
    for agents in chosen:
        part = _only(whole, agents)
        if model.is_initialize:
            history = whole.get("states_history") or []
            part["states_history"] = [_items(states, agents) for states in history]
        yield (
            _encoded(part),
            None if whole_answer is None else _encoded(_only(whole_answer, agents)),
        )


def _agents_of_parts(model: Endpoint, request: _Json, answer: _Json) -> Sequence[Sequence[int]]:
    """Return for each part the indices of its agents in the whole call."""
    if model.is_drive:
        shares = split([(float(x), float(y)) for x, y, *_ in request["agent_states"]])
        return [share.agents for share in shares]
    count = max(
        len(request.get("agent_properties") or ()), len(answer.get("agent_states") or ()), 1
    )
    starts = range(0, count, AGENTS_PER_CALL)
    return [range(start, min(start + AGENTS_PER_CALL, count)) for start in starts]


def _only(body: _Json, agents: Sequence[int]) -> _Json:
    """Return a body with these agents; other fields, and empty lists, stay as they are."""
    return {
        name: _items(value, agents) if name in PER_AGENT and isinstance(value, list) else value
        for name, value in body.items()
    }


def _items(values: Sequence[Any], agents: Sequence[int]) -> list[Any]:
    return [values[index] for index in agents if index < len(values)]


def _encoded(body: _Json) -> bytes:
    return json.dumps(body).encode()
