"""Refused ``drive`` calls: who asks again for what the API refused is refused again.

A refusal makes no step. It is known by its request: the same agents with the same states, recurrent
states and properties, in any order, and all other fields alike. If the recording holds such a
request both refused and answered, each comes in recorded order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from iai_proxy.api import canonical_json
from iai_proxy.api.fields import SENT_PER_AGENT
from iai_proxy.lineage import Agents, Observation


class Refusals:
    """Finds recorded ``drive`` calls by their agents, whatever their order.

    Args:
        refused: the observations of those that were refused.
        answered: of those that were answered.
        requests: returns a recorded request's JSON value by the number of its exchange.
        ignored: fields that make no difference.
    """

    def __init__(
        self,
        refused: Sequence[Observation],
        answered: Iterable[Observation],
        requests: Callable[[int], Mapping[str, Any]],
        ignored: Collection[str],
    ) -> None:
        self._refused = refused
        self._answered = answered
        self._requests = requests
        self._ignored = frozenset(ignored)

    def alike(self, value: Any, agents: Agents) -> list[int]:
        """Return the calls that asked for the same, if one of them was refused; in order."""
        if not self._refused or not isinstance(value, Mapping):
            return []
        refused, answered = self._by_agents.get(_key(agents), ((), ()))
        if not refused:
            return []
        wanted = _without_order(value, self._ignored)

        def same(numbers: Iterable[int]) -> list[int]:
            return [
                number
                for number in numbers
                if _without_order(self._requests(number), self._ignored) == wanted
            ]

        found = same(refused)
        return sorted([*found, *same(answered)]) if found else []

    @cached_property
    def _by_agents(self) -> dict[int, tuple[list[int], list[int]]]:
        """The numbers of (refused, answered) calls with the same agents as a refused one."""
        found: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for observation in self._refused:
            found[_key(observation.sent)][0].append(observation.call.id)
        for observation in self._answered:
            key = _key(observation.sent)
            if key in found:
                found[key][1].append(observation.call.id)
        return found


def _key(agents: Agents) -> int:
    return hash(tuple(sorted(zip(agents.recurrent, agents.states, strict=True))))


def _without_order(value: Mapping[str, Any], ignored: frozenset[str]) -> object:
    """Return what two requests have in common that differ in the order of their agents only."""
    states = value.get("agent_states")
    count = len(states) if isinstance(states, list) else 0
    rest = {name: value[name] for name in value if name not in ignored}
    columns: dict[str, list[Any]] = {}
    for name in SENT_PER_AGENT:
        column = rest.get(name)
        if isinstance(column, list) and len(column) == count:
            columns[name] = rest.pop(name)
    try:
        agents = sorted(map(canonical_json, zip(*columns.values(), strict=True)))
        return list(columns), agents, canonical_json(rest)
    except ValueError:
        return value  # nested too deeply to be written
