"""Whether the API could read a request at all, and what is wrong with one that it could not.

Lineage takes what it can't read for absent, so that a recording of it is not lost. Replay must not:
the API refuses such a request, and no recorded answer is an answer to it. What was recorded just so
is answered before, by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.api.fields import PROPERTIES, RECURRENT
from iai_proxy.replay.request import IncomingRequest

_STATE_SIZE: Final = 4
_KINDS: Final[dict[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}
_ENTRIES: Final = (dict, list)

#: What is wrong in one field, the first thing first.
_Faults = Iterator[str]


def fault_of(
    request: IncomingRequest, is_recorded: Callable[[int], bool], sizes: Callable[[], set[int]]
) -> str | None:
    """Return what the API could not read in a request; None for a readable one.

    Args:
        request: an ``initialize`` or a ``drive``.
        is_recorded: whether a fingerprint is that of a recorded recurrent state, which need not be
            looked at.
        sizes: returns how many numbers a recurrent state may have.
    """
    value = request.value
    if not isinstance(value, dict):
        return "its body is not a JSON object"
    if seed := seed_fault(value):
        return seed
    fields = (
        _of_drive(request, value, is_recorded, sizes)
        if request.endpoint is Endpoint.DRIVE
        else _of_initialize(value)
    )
    for field, faults in fields:
        fault = None if field in request.ignored else next(faults, None)
        if fault:
            return fault
    return None


def seed_fault(value: Any) -> str | None:
    """Return what is wrong with the seed of a request: any number will do, but not a text."""
    seed = value.get("random_seed") if isinstance(value, dict) else None
    if seed is None or _is_number(seed):
        return None
    return f"random_seed is {_kind(seed)}, not a number"


def _of_drive(
    request: IncomingRequest,
    value: dict[str, Any],
    is_recorded: Callable[[int], bool],
    sizes: Callable[[], set[int]],
) -> Iterator[tuple[str, _Faults]]:
    states = value.get("agent_states")
    count = len(states) if isinstance(states, list) else None
    yield "agent_states", _of_states("agent_states", states)
    for field in PROPERTIES:
        yield field, _of_list(field, value.get(field), _ENTRIES, count)
    yield RECURRENT, _of_list(RECURRENT, value.get(RECURRENT), (list, type(None)), count)
    yield RECURRENT, _of_recurrent(request, value.get(RECURRENT) or (), is_recorded, sizes)


def _of_initialize(value: dict[str, Any]) -> Iterator[tuple[str, _Faults]]:
    history = value.get("states_history")
    yield "states_history", _of_list("states_history", history, (list,))
    for states in history or ():
        yield "states_history", _of_states("states_history", states)
    for field in PROPERTIES:
        yield field, _of_list(field, value.get(field), _ENTRIES)
    yield "num_agents_to_spawn", _of_number("num_agents_to_spawn", value)


def _of_states(field: str, states: Any) -> _Faults:
    yield from _of_list(field, states, (list,))
    for agent, state in enumerate(states or ()):
        yield from _of_numbers(f"agent {agent}'s state", state, {_STATE_SIZE})


def _of_recurrent(
    request: IncomingRequest,
    recurrent_states: Sequence[Any],
    is_recorded: Callable[[int], bool],
    sizes: Callable[[], set[int]],
) -> _Faults:
    fingerprints = request.observation.sent.recurrent
    # If there are no states, there are no agents to compare with.
    for agent, (recurrent, fingerprint) in enumerate(
        zip(recurrent_states, fingerprints, strict=False)
    ):
        if recurrent is not None and not is_recorded(fingerprint):
            yield from _of_numbers(f"agent {agent}'s recurrent state", recurrent, sizes())


def _of_list(field: str, value: Any, kinds: tuple[type, ...], count: int | None = None) -> _Faults:
    """Find what is wrong with a list that may be null, of ``count`` entries of some kinds."""
    if value is None:
        return
    if not isinstance(value, list):
        yield f"{field} is {_kind(value)}, not a list"
        return
    if count is not None and len(value) != count:
        yield f"{field} has {len(value)} entries for {count} agents"
    for index, entry in enumerate(value):
        if not isinstance(entry, kinds):
            yield f"entry {index} of {field} is {_kind(entry)}"


def _of_numbers(what: str, numbers: list[Any], sizes: set[int]) -> _Faults:
    if len(numbers) not in sizes:
        yield f"{what} has {len(numbers)} numbers, not {' or '.join(map(str, sorted(sizes)))}"
    strange = next((number for number in numbers if not _is_number(number)), 0)
    if not _is_number(strange):
        yield f"{what} holds {_kind(strange)}"


def _of_number(field: str, value: dict[str, Any]) -> _Faults:
    number = value.get(field)
    if number is not None and not _is_number(number):
        yield f"{field} is {_kind(number)}, not a number"


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind is int or (kind is float and isfinite(value))


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "no number")  # NaN and Infinity, which are not JSON
