"""Exchanges to observations: a few kilobytes, in place of hundreds, that lineage needs."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple

import orjson

from iai_proxy.api import Call, Endpoint, canonical_json
from iai_proxy.api.fields import PROPERTIES, RECURRENT
from iai_proxy.api.fingerprint import (
    FRESH,
    recurrent_fingerprint,
    state_fingerprint,
    state_fingerprints,
)
from iai_proxy.api.lenient_json import list_or_empty, object_or_empty
from iai_proxy.api.recurrent_rows import rows_of

#: Fields of a drive request that all parts of one large call have in common.
_COMMON: Final = (
    "location",
    "traffic_lights_states",
    "light_recurrent_states",
    "get_infractions",
    "random_seed",
    "model_version",
)


#: What a ``drive`` is told apart by otherwise; any seed will do.
_NOT_ASKED: Final = frozenset({"agent_states", RECURRENT, "random_seed"})

#: Stands for an entry that is not a state.
_NO_STATE: Final = array("d", (0.0, 0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Agents:
    """The agents of one side of an exchange, in its order.

    Attributes:
        recurrent: a fingerprint each; :data:`~iai_proxy.api.fingerprint.FRESH` for one without.
        states: a fingerprint each, of the state alone.
        coordinates: four doubles each: x m, y m, orientation rad, speed m/s.
    """

    recurrent: array[int]
    states: array[int]
    coordinates: array[float]

    def __len__(self) -> int:
        """How many agents there are."""
        return len(self.states)

    def state(self, index: int) -> tuple[float, float, float, float]:
        """Return one agent's state (x m, y m, orientation rad, speed m/s)."""
        x, y, orientation, speed = self.coordinates[4 * index : 4 * index + 4]
        return x, y, orientation, speed


@dataclass(frozen=True, slots=True)
class Facts:
    """What lineage needs of a request besides its agents.

    Attributes:
        agent_count: how many agents the request is for; of ``initialize`` more than are sent.
        common: hash of what all parts of one large call have in common.
        properties: hash of the agents' properties.
    """

    agent_count: int
    common: bytes
    location: str | None
    seed: int | None
    model_version: str | None
    center: tuple[float, float] | None
    properties: bytes


class AnswerName(NamedTuple):
    """Names an answer: the number of its call, and its hash."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Observation(Facts):
    """One exchange as lineage sees it.

    Attributes:
        call: the exchange without bodies.
        sent: the agents that the request gives states for.
        received: the agents of the answer; none where it failed.
        recurrent_given: whether any agent of the request has a recurrent state; zeros are none.
        asked: hash of what the request asks for besides the agents and the seed, equal only for
            equal values; empty where that is not known.
        has_plain_rows: whether the answer has a recurrent state for each agent, all of them lists
            of numbers that their fingerprints tell apart.
        sent_back: an earlier answer whose agents are those sent, where that is known.
    """

    call: Call
    sent: Agents
    received: Agents
    recurrent_given: bool
    asked: bytes = b""
    has_plain_rows: bool = False
    sent_back: AnswerName | None = field(default=None, compare=False)


def observe(call: Call, request_body: bytes, response_body: bytes) -> Observation:
    """Return what lineage needs of an exchange. A body that is no JSON object counts as empty."""
    if not call.endpoint.is_stepping:
        return _observed(call, {}, {})
    return _whole_or_empty(
        call,
        object_or_empty(request_body),
        object_or_empty(response_body) if call.succeeded else {},
    )


def _whole_or_empty(call: Call, request: dict[str, Any], answer: dict[str, Any]) -> Observation:
    """Observe an exchange; what is nested too deeply to be written counts as empty."""
    for sent, got in ((request, answer), (request, {}), ({}, answer)):
        try:
            return _observed(call, sent, got)
        except (ValueError, RecursionError):
            pass
    return _observed(call, {}, {})


def _observed(call: Call, request: dict[str, Any], answer: dict[str, Any]) -> Observation:
    rows = rows_of(answer.get(RECURRENT))
    fingerprints = rows.fingerprints if rows else fingerprints_of(answer)
    received = agents_of(list_or_empty(answer.get("agent_states")), fingerprints)
    has_plain_rows = rows is not None and len(fingerprints) == len(received)
    sent = agents_of(states_sent(call.endpoint, request), fingerprints_of(request))
    return put_together(call, Side(request, sent), Side(answer, received, has_plain_rows))


class Side(NamedTuple):
    """One side of an exchange.

    Attributes:
        members: of the body, without or with its recurrent states.
        agents: what was observed of them.
        has_plain_rows: as :attr:`Observation.has_plain_rows` says, of an answer.
        name: of the answer that the agents are from, where that is known, of a request.
    """

    members: Mapping[str, Any]
    agents: Agents
    has_plain_rows: bool = False
    name: AnswerName | None = None


def put_together(call: Call, request: Side, answer: Side) -> Observation:
    """Return the observation of an exchange whose agents are known already."""
    return observation(
        call,
        facts_of(request.members),
        version_of(answer.members),
        request.agents,
        answer.agents,
        asked=asked_of(request.members),
        has_plain_rows=answer.has_plain_rows,
        sent_back=request.name,
    )


def states_sent(endpoint: Endpoint, request: Mapping[str, Any]) -> list[Any]:
    """Return the states of a request's agents; of a history the last, which says who they are."""
    if not endpoint.is_initialize:
        return list_or_empty(request.get("agent_states"))
    history = list_or_empty(request.get("states_history"))
    return list_or_empty(history[-1]) if history else []


def asked_of(request: Mapping[str, Any]) -> bytes:
    """Return a hash of what a request asks for besides the agents and the seed.

    Equal hashes mean equal values. Where the agents are described twice, it covers the second.
    """
    described = next((name for name in PROPERTIES if list_or_empty(request.get(name))), None)
    names = [name for name in request if name not in _NOT_ASKED and name != described]
    asked = [described, {name: request[name] for name in names}]
    try:
        text = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return b""
    return hashlib.blake2b(text, digest_size=8).digest()


def facts_of(
    request: Mapping[str, Any], hashed: Callable[[str, Any], bytes] | None = None
) -> Facts:
    """Return what lineage needs of a request besides its agents.

    Args:
        request: the JSON value.
        hashed: given a name and a value, returns the value's hash; for a caller that knows most of
            them already.
    """
    hashed = hashed or (lambda _, value: hash_of(value))
    given = list_or_empty(request.get("agent_properties")) or list_or_empty(
        request.get("agent_attributes")
    )
    center = list_or_empty(request.get("location_of_interest"))
    is_place = len(center) == 2 and all(map(_is_number, center))
    spawned, seed, location = (
        request.get(name) for name in ("num_agents_to_spawn", "random_seed", "location")
    )
    return Facts(
        agent_count=max(len(given), spawned if isinstance(spawned, int) else 0),
        common=hashed("common", {name: request.get(name) for name in _COMMON}),
        location=location if isinstance(location, str) else None,
        seed=seed if isinstance(seed, int) else None,
        model_version=version_of(request),
        center=(center[0], center[1]) if is_place else None,
        properties=hashed("properties", given),
    )


def version_of(body: Mapping[str, Any]) -> str | None:
    """Return the model version that a request asks for or an answer names."""
    version = body.get("model_version")
    return version if version and isinstance(version, str) else None


def observation(
    call: Call,
    facts: Facts,
    version: str | None,
    sent: Agents,
    received: Agents,
    *,
    asked: bytes = b"",
    has_plain_rows: bool = False,
    sent_back: AnswerName | None = None,
) -> Observation:
    """Put together what was observed of an exchange; ``version`` is what its answer names."""
    return Observation(
        call=call,
        sent=sent,
        received=received,
        agent_count=max(facts.agent_count, len(sent)),
        recurrent_given=any(sent.recurrent),
        common=facts.common,
        location=facts.location,
        seed=facts.seed,
        model_version=version or facts.model_version,
        center=facts.center,
        properties=facts.properties,
        asked=asked,
        has_plain_rows=has_plain_rows,
        sent_back=sent_back,
    )


def observe_request(endpoint: Endpoint, connection: str, body: bytes, value: Any) -> Observation:
    """Return what lineage sees of a request that is not answered yet; its JSON value is known."""
    nothing = hashlib.sha256(b"").digest()
    size = len(body)
    call = Call(
        0,
        connection,
        endpoint,
        "POST",
        f"/{endpoint}",
        None,
        None,
        0,
        0,
        None,
        0,
        nothing,
        None,
        size,
        0,
        None,
    )
    return _whole_or_empty(
        call, value if isinstance(value, dict) and endpoint.is_stepping else {}, {}
    )


def observe_answer(endpoint: Endpoint, body: bytes) -> Observation:
    """Return what lineage sees of an answer alone."""
    nothing = hashlib.sha256(b"").digest()
    call = Call(
        0, "", endpoint, "POST", f"/{endpoint}", 200, None, 0, 0, 0, 0, nothing, nothing, 0, 0, None
    )
    return observe(call, b"", body)


def agents_of(states: Sequence[Any], fingerprints: array[int]) -> Agents:
    """Return agents by their states and the fingerprints of the recurrent states beside them."""
    recurrent = fingerprints[: len(states)]
    recurrent.extend([FRESH] * (len(states) - len(recurrent)))
    coordinates = plain_coordinates(states)
    if coordinates is not None:
        return Agents(recurrent, state_fingerprints(coordinates), coordinates)
    marks = array("Q", map(state_fingerprint, map(list_or_empty, states)))
    return Agents(recurrent, marks, coordinates_of(states))


def fingerprints_of(body: Mapping[str, Any]) -> array[int]:
    """Return the fingerprints of a body's recurrent states, whatever they are."""
    rows = list_or_empty(body.get(RECURRENT))
    return array("Q", (recurrent_fingerprint(list_or_empty(row)) for row in rows))


def plain_coordinates(states: Sequence[Any]) -> array[float] | None:
    """Pack states; None unless each is a list of four numbers."""
    try:
        if not set(map(len, states)) <= {4}:
            return None
        return array("d", chain.from_iterable(states))
    except (TypeError, OverflowError):
        return None


def coordinates_of(states: Sequence[Any]) -> array[float]:
    """Pack states; an entry that is not a state counts as 0, so that positions stay right."""
    coordinates = array("d")
    for state in states:
        try:
            coordinates.extend(array("d", state[:4]) if len(state) >= 4 else _NO_STATE)
        except (TypeError, OverflowError, KeyError):  # KeyError: an object, from Python 3.12 on
            coordinates.extend(_NO_STATE)
    return coordinates


def hash_of(value: Any) -> bytes:
    """Return a short hash of a JSON value, equal for equal values."""
    return hashlib.blake2b(canonical_json(value), digest_size=8).digest()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
