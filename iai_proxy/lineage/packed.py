"""Observations as bytes, kept with the recording: lineage then needs no body.

The form is a cache, not a contract: a recording holds the version by which it was made, and another
version's is made anew from the bodies.

    length of the head (4 bytes, little-endian) | head: JSON | arrays of 8-byte items

The arrays are three of the agents that were sent and three of those received. A request nearly
always sends back an earlier answer, and then holds that one's name in place of the first three.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson

from iai_proxy.api import Call
from iai_proxy.lineage.observe import Agents, AnswerName, Observation

#: Raised whenever observations made before would differ from those made now.
OBSERVATION_VERSION: Final = 4

_ITEM_BYTES: Final = 8
_STATE_ITEMS: Final = 4
_NAME_BYTES: Final = 8
#: Most requests send back one of the latest answers.
_REMEMBERED: Final = 64


def pack(observation: Observation) -> bytes:
    """Return an observation as bytes, without its call."""
    name = observation.sent_back
    sides = (observation.received,) if name else (observation.sent, observation.received)
    head = orjson.dumps(
        [
            [name.number, name.digest[:_NAME_BYTES].hex()] if name else len(observation.sent),
            len(observation.received),
            observation.agent_count,
            observation.recurrent_given,
            observation.common.hex(),
            observation.location,
            observation.seed,
            observation.model_version,
            observation.center,
            observation.properties.hex(),
            observation.described.hex(),
            observation.asked.hex(),
            observation.is_plain,
        ]
    )
    arrays = b"".join(_bytes(items) for agents in sides for items in _arrays(agents))
    return len(head).to_bytes(4, "little") + head + arrays


def unpack(
    call: Call, data: bytes, received: Callable[[AnswerName], Agents] | None = None
) -> Observation:
    """Return the observation of a call from :func:`pack`'s bytes.

    Args:
        call: it.
        data: the bytes.
        received: returns the agents of an earlier answer; its digest is cut. May raise ValueError.

    Raises:
        ValueError: they are damaged, or refer to an answer that is not there.
    """
    end = 4 + int.from_bytes(data[:4], "little")
    head = orjson.loads(data[4:end])
    sent, count, agent_count, given, common, location, seed, version, center, *hashes = head
    properties, described, asked, is_plain = hashes
    sent_back = None
    if isinstance(sent, list):
        sent_back = AnswerName(sent[0], bytes.fromhex(sent[1]))
        ours = _sent_back(sent_back, received)
    else:
        ours = _agents(data, end, sent)
        end += sent * (2 + _STATE_ITEMS) * _ITEM_BYTES
    return Observation(
        call=call,
        sent=ours,
        received=_agents(data, end, count),
        agent_count=agent_count,
        recurrent_given=given,
        common=_hash(common),
        location=location,
        seed=seed,
        model_version=version,
        center=(center[0], center[1]) if center else None,
        properties=_hash(properties),
        described=_hash(described),
        asked=_hash(asked),
        is_plain=is_plain,
        sent_back=sent_back,
    )


@lru_cache(maxsize=1024)
def _hash(text: str) -> bytes:
    """Return a hash; most calls have those of the call before, and share them."""
    return bytes.fromhex(text)


class Unpacker:
    """Unpacks the observations of one recording, the more quickly the more they are in order.

    Args:
        stored: returns the bytes of an earlier call's observation. Raises ValueError if there are
            none, or its answer is another one.
    """

    def __init__(self, stored: Callable[[AnswerName], bytes]) -> None:
        self._stored = stored
        self._received: dict[int, tuple[bytes, Agents]] = {}

    def unpack(self, call: Call, data: bytes) -> Observation:
        """Return the observation of a call.

        Raises:
            ValueError: it is damaged, or one that it needs.
        """
        return self.remembered(unpack(call, data, self._agents))

    def remembered(self, observation: Observation) -> Observation:
        """Return an observation that was made otherwise; later ones may need it."""
        call = observation.call
        if call.response_hash:
            self._received[call.id] = call.response_hash[:_NAME_BYTES], observation.received
            if len(self._received) > _REMEMBERED:
                del self._received[next(iter(self._received))]
        return observation

    def _agents(self, name: AnswerName) -> Agents:
        digest, agents = self._received.get(name.number, (b"", None))
        if agents is not None and digest == name.digest:
            return agents
        return received_agents(self._stored(name))


def sent_agents(data: bytes) -> Agents:
    """Return only the agents that were sent, from :func:`pack`'s bytes.

    Raises:
        ValueError: they are damaged.
        TypeError: in their place is the name of an answer.
    """
    end = 4 + int.from_bytes(data[:4], "little")
    sent, *_ = orjson.loads(data[4:end])
    return _agents(data, end, sent)


def received_agents(data: bytes) -> Agents:
    """Return only the agents that were received, from :func:`pack`'s bytes.

    Raises:
        ValueError: they are damaged.
    """
    end = 4 + int.from_bytes(data[:4], "little")
    sent, count, *_ = orjson.loads(data[4:end])
    if not isinstance(sent, list):
        end += sent * (2 + _STATE_ITEMS) * _ITEM_BYTES
    return _agents(data, end, count)


def plain_answer(data: bytes) -> Agents | None:
    """Return the agents that were received if they tell all of the answer, as ``is_plain`` says.

    Raises:
        ValueError: the bytes are damaged.
    """
    end = 4 + int.from_bytes(data[:4], "little")
    *_, is_plain = orjson.loads(data[4:end])
    return received_agents(data) if is_plain else None


def _sent_back(name: AnswerName, received: Callable[[AnswerName], Agents] | None) -> Agents:
    if received is None:
        raise ValueError(f"the answer to call {name.number} is not at hand")
    return received(name)


def _arrays(agents: Agents) -> tuple[array[Any], ...]:
    return agents.recurrent, agents.states, agents.coordinates


def _bytes(items: array[Any]) -> bytes:
    if sys.byteorder == "big":
        items = items[:]
        items.byteswap()
    return items.tobytes()


def _agents(data: bytes, start: int, count: int) -> Agents:
    recurrent, start = _array("Q", data, start, count)
    states, start = _array("Q", data, start, count)
    coordinates, _ = _array("d", data, start, count * _STATE_ITEMS)
    return Agents(recurrent, states, coordinates)


def _array(kind: str, data: bytes, start: int, count: int) -> tuple[array[Any], int]:
    end = start + count * _ITEM_BYTES
    if end > len(data):
        raise ValueError("an observation is cut short")
    items: array[Any] = array(kind)
    items.frombytes(data[start:end])
    if sys.byteorder == "big":
        items.byteswap()
    return items, end
