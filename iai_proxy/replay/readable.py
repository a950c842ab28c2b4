"""Whether the API could read a request at all, and what is wrong with one that it could not.

Lineage takes what it can't read for absent, so that a recording of it is not lost. Replay must not:
the API refuses such a request, and no recorded answer is an answer to it. What was recorded just so
is answered before, by its key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from math import isfinite
from typing import Any, Final
from urllib.parse import parse_qsl

from iai_proxy.api import Endpoint, query_of
from iai_proxy.api.fields import PROPERTIES, RECURRENT
from iai_proxy.api.picture_frames import PictureFrame
from iai_proxy.lineage.observe import plain_coordinates
from iai_proxy.replay import field_readers as read
from iai_proxy.replay.field_readers import Faults
from iai_proxy.replay.request import IncomingRequest

_STATE_SIZE: Final = 4
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_ENTRIES: Final = (dict, list)
_ENTRIES_OR_NULL: Final = (*_ENTRIES, type(None))


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
    if not isinstance(value, Mapping):
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
    """Return what is wrong with the seed of a request: any whole number will do."""
    seed = value.get("random_seed") if isinstance(value, Mapping) else None
    return None if seed is None else next(read.whole("random_seed", seed), None)


def query_seed_fault(target: str) -> str | None:
    """Return what is wrong with the seed in a query, as of ``light``."""
    seed = dict(parse_qsl(query_of(target), keep_blank_values=True)).get("random_seed")
    if seed is None or _WHOLE.fullmatch(seed):
        return None
    return f"random_seed is {seed!r}, not a whole number"


def query_fault(target: str) -> str | None:
    """Return what the API could not read in the query of a ``location_info``."""
    given = dict(parse_qsl(query_of(target), keep_blank_values=True))
    center, fov = given.get("rendering_center"), given.get("rendering_fov")
    if center is not None and not PictureFrame.of(center.split(","), 1):
        return f"rendering_center is {center!r}, not x,y"
    if fov is not None and not PictureFrame.of((0, 0), fov):
        return f"rendering_fov is {fov!r}, not a number above 0"
    return None


def _of_drive(
    request: IncomingRequest,
    value: Mapping[str, Any],
    is_recorded: Callable[[int], bool],
    sizes: Callable[[], set[int]],
) -> Iterator[tuple[str, Faults]]:
    states = value.get("agent_states")
    count = len(states) if isinstance(states, list) else None
    yield "location", _of_location(value)
    yield "agent_states", _of_states("agent_states", states)
    for field in PROPERTIES:
        yield field, _of_list(field, value.get(field), _ENTRIES, count)
    if request.rows is None or len(request.rows.fingerprints) != count:
        yield RECURRENT, _of_list(RECURRENT, value.get(RECURRENT), (list, type(None)), count)
    if not _are_recorded(request, is_recorded):
        yield RECURRENT, _of_recurrent(request, value.get(RECURRENT) or (), is_recorded, sizes)


def _of_initialize(value: Mapping[str, Any]) -> Iterator[tuple[str, Faults]]:
    history, spawned = value.get("states_history"), value.get("num_agents_to_spawn")
    yield "location", _of_location(value)
    yield "states_history", _of_list("states_history", history, (list,))
    for states in history or ():
        yield "states_history", _of_states("states_history", states)
    yield "states_history", _of_counts(history or ())
    for field in PROPERTIES:
        yield field, _of_list(field, value.get(field), _ENTRIES_OR_NULL)
    if spawned is not None:
        yield "num_agents_to_spawn", read.count("num_agents_to_spawn", spawned)


def _of_location(value: Mapping[str, Any]) -> Faults:
    location = value.get("location")
    if location is not None:
        yield from read.name("location", location)


def _of_counts(history: Sequence[Any]) -> Faults:
    counts = sorted({len(states) for states in history})
    if len(counts) > 1:
        yield f"the steps of states_history have {' and '.join(map(str, counts))} agents"


def _of_states(field: str, states: Any) -> Faults:
    if isinstance(states, list) and _are_finite(states):
        return
    yield from _of_list(field, states, (list,))
    for agent, state in enumerate(states or ()):
        yield from read.numbers(f"agent {agent}'s state", state, {_STATE_SIZE})


def _are_finite(states: Sequence[Any]) -> bool:
    """Whether these are states of finite numbers, at a glance. What is not may still be read."""
    coordinates = plain_coordinates(states)
    if coordinates is None or not isfinite(sum(coordinates)):
        return False
    return {int, float}.issuperset(map(type, chain.from_iterable(states)))


def _are_recorded(request: IncomingRequest, is_recorded: Callable[[int], bool]) -> bool:
    """Whether all recurrent states are null or recorded, as far as their text shows it."""
    rows = request.rows
    if rows is None or rows.zeros:
        return False
    return rows.are_answered or all(map(is_recorded, filter(None, rows.fingerprints)))


def _of_recurrent(
    request: IncomingRequest,
    recurrent_states: Sequence[Any],
    is_recorded: Callable[[int], bool],
    sizes: Callable[[], set[int]],
) -> Faults:
    fingerprints = request.sent.recurrent
    # If there are no states, there are no agents to compare with.
    for agent, (recurrent, fingerprint) in enumerate(
        zip(recurrent_states, fingerprints, strict=False)
    ):
        if recurrent is not None and not is_recorded(fingerprint):
            yield from read.numbers(f"agent {agent}'s recurrent state", recurrent, sizes())


def _of_list(field: str, value: Any, kinds: tuple[type, ...], count: int | None = None) -> Faults:
    """Find what is wrong with a list that may be null, of ``count`` entries of some kinds."""
    if value is None:
        return
    if not isinstance(value, list):
        yield f"{field} is {read.kind(value)}, not a list"
        return
    if count is not None and len(value) != count:
        yield f"{field} has {len(value)} entries for {count} agents"
    for index, entry in enumerate(value):
        if not isinstance(entry, kinds):
            yield f"entry {index} of {field} is {read.kind(entry)}"
