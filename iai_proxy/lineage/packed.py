"""Observations as bytes, kept with the recording: lineage then needs no body.

The form is a cache, not a contract: a recording holds the version by which it was made, and another
version's is made anew from the bodies.

    length of the head (4 bytes, little-endian) | head: JSON | six arrays of 8-byte items
"""

from __future__ import annotations

import sys
from array import array
from typing import Any, Final

import orjson

from iai_proxy.api import Call
from iai_proxy.lineage.observe import Agents, Observation

#: Raised whenever observations made before would differ from those made now.
OBSERVATION_VERSION: Final = 2

_ITEM_BYTES: Final = 8
_STATE_ITEMS: Final = 4


def pack(observation: Observation) -> bytes:
    """Return an observation as bytes, without its call."""
    head = orjson.dumps(
        [
            len(observation.sent),
            len(observation.received),
            observation.agent_count,
            observation.recurrent_given,
            observation.common.hex(),
            observation.location,
            observation.seed,
            observation.model_version,
            observation.center,
            observation.properties.hex(),
        ]
    )
    arrays = b"".join(
        _bytes(items)
        for agents in (observation.sent, observation.received)
        for items in _arrays(agents)
    )
    return len(head).to_bytes(4, "little") + head + arrays


def unpack(call: Call, data: bytes) -> Observation:
    """Return the observation of a call from :func:`pack`'s bytes.

    Raises:
        ValueError: they are damaged.
    """
    end = 4 + int.from_bytes(data[:4], "little")
    sent, received, agent_count, given, common, location, seed, version, center, properties = (
        orjson.loads(data[4:end])
    )
    ours = _agents(data, end, sent)
    theirs = _agents(data, end + sent * (2 + _STATE_ITEMS) * _ITEM_BYTES, received)
    return Observation(
        call=call,
        sent=ours,
        received=theirs,
        agent_count=agent_count,
        recurrent_given=given,
        common=bytes.fromhex(common),
        location=location,
        seed=seed,
        model_version=version,
        center=(center[0], center[1]) if center else None,
        properties=bytes.fromhex(properties),
    )


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
