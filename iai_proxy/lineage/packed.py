"""Observations as bytes, kept with the recording: lineage then needs no body.

The form is a cache, not a contract: a recording holds the version by which it was made, and another
version's is made anew from the bodies.

    length of the head (4 bytes, little-endian) | head: JSON | agents sent | agents received

A request nearly always sends back an earlier answer: then the head holds that one's name in place
of agents. They are packed as :mod:`iai_proxy.lineage.packed_agents` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson

from iai_proxy.api import Call
from iai_proxy.api.lenient_json import parse_exactly
from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.observe import AnswerName, Observation
from iai_proxy.lineage.packed_agents import Form, pack_agents, unpack_agents

#: Raised whenever observations made before would differ from those made now.
OBSERVATION_VERSION: Final = 5

_NAME_BYTES: Final = 8
_NULL: Final = type(None)
#: What may stand in each place of a head, and in the name of an answer.
_HEAD: Final = (
    (list, _NULL), (list, _NULL), (list,), (int,), (bool,), (str,), (str, _NULL),
    (int, bool, _NULL), (str, _NULL), (list, _NULL), (str,), (str,), (str,), (bool,),
)  # fmt: skip
_NAME: Final = [int, str]
#: Most requests send back one of the latest answers.
_REMEMBERED: Final = 64


def pack(observation: Observation) -> bytes:
    """Return an observation as bytes, without its call."""
    name = observation.sent_back
    sent, sent_data = (None, b"") if name else pack_agents(observation.sent)
    received, received_data = pack_agents(observation.received)
    head = _as_json(
        [
            [name.number, name.digest[:_NAME_BYTES].hex()] if name else None,
            sent and [*sent],
            [*received],
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
    return b"".join((len(head).to_bytes(4, "little"), head, sent_data, received_data))


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
    (name, sent, received_form, *facts), agents = _parts(data)
    agent_count, given, common, location, seed, version, center, *hashes = facts
    properties, described, asked, is_plain = hashes
    sent_back = AnswerName(name[0], bytes.fromhex(name[1])) if name else None
    ours = _sent_back(sent_back, received) if sent_back else unpack_agents(sent, agents)
    return Observation(
        call=call,
        sent=ours,
        received=unpack_agents(received_form, _behind(sent, agents)),
        agent_count=agent_count,
        recurrent_given=given,
        common=_hash(common),
        location=location,
        seed=seed,
        model_version=version,
        center=_center(center),
        properties=_hash(properties),
        described=_hash(described),
        asked=_hash(asked),
        is_plain=is_plain,
        sent_back=sent_back,
    )


def _center(written: list[Any] | None) -> tuple[float, float] | None:
    if written is None:
        return None
    x, y = written
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        raise ValueError("an observation is of no place")  # noqa: TRY004 - a fault of the bytes
    return x, y


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
    (_, sent, *_), agents = _parts(data)
    if sent is None:
        raise TypeError("what was sent is not there")
    return unpack_agents(sent, agents)


def received_agents(data: bytes) -> Agents:
    """Return only the agents that were received, from :func:`pack`'s bytes.

    Raises:
        ValueError: they are damaged.
    """
    (_, sent, received, *_), agents = _parts(data)
    return unpack_agents(received, _behind(sent, agents))


def plain_answer(data: bytes) -> Agents | None:
    """Return the agents that were received if they tell all of the answer, as ``is_plain`` says.

    Raises:
        ValueError: the bytes are damaged.
    """
    (*_, is_plain), _ = _parts(data)
    return received_agents(data) if is_plain else None


def _parts(data: bytes) -> tuple[list[Any], bytes]:
    """Return the head, with the forms of agents, and the bytes of these.

    Raises:
        ValueError: they are none that :func:`pack` makes.
    """
    end = 4 + int.from_bytes(data[:4], "little")
    try:
        head = orjson.loads(data[4:end])
    except orjson.JSONDecodeError:
        head = parse_exactly(data[4:end], float)
    if not isinstance(head, list) or len(head) != len(_HEAD):
        raise ValueError("an observation is damaged")
    if any(type(value) not in kinds for value, kinds in zip(head, _HEAD, strict=True)):
        raise ValueError("an observation holds what none does")
    name, sent, received = head[:3]
    if (name is None) == (sent is None) or (name and list(map(type, name)) != _NAME):
        raise ValueError("an observation holds what none does")
    head[1:3] = None if sent is None else Form.of(sent), Form.of(received)
    return head, data[end:]


def _as_json(head: list[Any]) -> bytes:
    """Return a head as JSON; orjson knows no halves of characters, which a client may send."""
    try:
        return orjson.dumps(head)
    except TypeError:
        return json.dumps(head).encode()


def _behind(sent: Form | None, agents: bytes) -> bytes:
    return agents[sent.size :] if sent else agents


def _sent_back(name: AnswerName, received: Callable[[AnswerName], Agents] | None) -> Agents:
    if received is None:
        raise ValueError(f"the answer to call {name.number} is not at hand")
    return received(name)
