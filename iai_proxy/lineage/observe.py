"""Exchanges to observations: a few kilobytes, in place of hundreds, that lineage needs."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final, NamedTuple

import orjson

from iai_proxy.api import Call, Endpoint, canonical_json
from iai_proxy.api.fields import PROPERTIES, RECURRENT
from iai_proxy.api.fingerprint import (
    FRESH,
    recurrent_fingerprint,
    state_fingerprint,
)
from iai_proxy.api.lenient_json import list_or_empty, object_or_empty
from iai_proxy.api.recurrent_rows import RecurrentRows, rows_of
from iai_proxy.lineage.agents import Agents, PlainAgents

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
        described: hash of the agents' properties or attributes, and ``asked`` of what the request
            asks for besides, but for their states and the seed. Equal only for equal values; empty
            where that is not known.
        is_plain: whether all that the answer says of its agents' states and recurrent states is
            told by ``received``: no fingerprint stands for anything but numbers.
        sent_back: an earlier answer whose agents are those sent, where that is known.
    """

    call: Call
    sent: Agents
    received: Agents
    recurrent_given: bool
    described: bytes = b""
    asked: bytes = b""
    is_plain: bool = False
    sent_back: AnswerName | None = field(default=None, compare=False)


def sends_back(observation: Observation, before: Observation) -> bool:
    """Tell whether it is known, without looking at agents, that a request has those of an answer.

    Args:
        observation: of the request.
        before: of the answer.
    """
    name, digest = observation.sent_back, before.call.response_hash
    if name is None or digest is None or name.number != before.call.id:
        return False
    return digest.startswith(name.digest)


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
    states = list_or_empty(answer.get("agent_states"))
    received = agents_of(states, fingerprints)
    sent = agents_of(states_sent(call.endpoint, request), fingerprints_of(request))
    return put_together(call, Side(request, sent), Side(answer, received, are_plain(states, rows)))


def sent_agents(states: Sequence[Any], rows: RecurrentRows, answered: Agents | None) -> Agents:
    """Return the agents that a request sends.

    Args:
        states: of the request.
        rows: of the request.
        answered: the agents of the answer that the rows are from, if that is plain. They are
            returned themselves where the states are theirs too.
    """
    if answered is not None:
        coordinates = plain_coordinates(states)
        if coordinates and coordinates.tobytes() == answered.coordinates.tobytes():
            return answered
    return agents_of(states, rows.fingerprints)


def are_plain(states: Sequence[Any], rows: RecurrentRows | None) -> bool:
    """Whether states and recurrent states are told by their numbers and fingerprints."""
    return (
        rows is not None
        and len(rows.fingerprints) == len(states)
        and plain_coordinates(states) is not None
    )


class Side(NamedTuple):
    """One side of an exchange.

    Attributes:
        members: of the body, without or with its recurrent states.
        agents: what was observed of them.
        is_plain: as :attr:`Observation.is_plain` says, of an answer.
        name: of the answer that the agents are from, where that is known, of a request.
    """

    members: Mapping[str, Any]
    agents: Agents
    is_plain: bool = False
    name: AnswerName | None = None


NO_ANSWER: Final = Side({}, Agents(array("Q"), array("Q"), array("d")))


def put_together(call: Call, request: Side, answer: Side) -> Observation:
    """Return the observation of an exchange whose agents are known already."""
    observed = observation(
        call,
        facts_of(request.members),
        version_of(answer.members),
        request.agents,
        answer.agents,
    )
    described, asked = asked_of(request.members)
    return replace(
        observed,
        described=described,
        asked=asked,
        is_plain=answer.is_plain,
        sent_back=request.name,
    )


def states_sent(endpoint: Endpoint, request: Mapping[str, Any]) -> list[Any]:
    """Return the states of a request's agents; of a history the last, which says who they are."""
    if not endpoint.is_initialize:
        return list_or_empty(request.get("agent_states"))
    history = list_or_empty(request.get("states_history"))
    return list_or_empty(history[-1]) if history else []


def described_in(request: Mapping[str, Any]) -> str | None:
    """Return the member that describes a request's agents; of two the first counts."""
    return next((name for name in PROPERTIES if list_or_empty(request.get(name))), None)


def asked_of(request: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return hashes of what describes the agents, and of what is asked for besides.

    Neither has the agents' states and the seed. Equal hashes mean equal values.
    """
    name = described_in(request)
    asked = {
        other: request[other] for other in request if other not in _NOT_ASKED and other != name
    }
    return _exact_hash([name, request[name] if name else None]), _exact_hash([name, asked])


def _exact_hash(value: Any) -> bytes:
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
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
    call: Call, facts: Facts, version: str | None, sent: Agents, received: Agents
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
    )


def observe_request(endpoint: Endpoint, connection: str, body: bytes, value: Any) -> Observation:
    """Return what lineage sees of a request that is not answered yet; its JSON value is known."""
    request = value if isinstance(value, dict) and endpoint.is_stepping else {}
    return _whole_or_empty(unanswered(endpoint, connection, len(body)), request, {})


def unanswered(endpoint: Endpoint, connection: str, size: int) -> Call:
    """Return a call that is not answered yet, with a request body of that many bytes."""
    nothing = hashlib.sha256(b"").digest()
    target = f"/{endpoint}"
    return Call(
        0,
        connection,
        endpoint,
        "POST",
        target,
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
        return PlainAgents(recurrent, coordinates)
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
