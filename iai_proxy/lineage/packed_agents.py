"""The agents of one side of an exchange as bytes.

    recurrent fingerprints | state fingerprints, unless the coordinates give them | coordinates

Fingerprints are 8 bytes each, little-endian. Coordinates are floats of 32 bits where nothing is
lost by that, as the API's are, or else of 64. The first bytes of all stand together, then the
second bytes, and so on: signs, exponents and the leading bits of fractions, which are much alike,
are deflated; what follows is as good as random.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from typing import Any, Final, NamedTuple

from iai_proxy.api.fingerprint import state_fingerprints
from iai_proxy.lineage.agents import Agents, PlainAgents

_FINGERPRINT_BYTES: Final = 8
_STATE_ITEMS: Final = 4
#: How many of the first bytes of a float are deflated.
_DEFLATED: Final = 2
#: What a form is written as, and the floats that there are.
_WRITTEN: Final = [int, str, bool, int]
_FLOATS: Final = ("f", "d")
#: Deflated bytes without a header, and in a small window: there are few.
_WINDOW: Final = -10


class Form(NamedTuple):
    """How agents were packed.

    Attributes:
        agents: how many they are.
        kind: type code of the coordinates' floats.
        has_states: whether state fingerprints are among the bytes.
        deflated: how many bytes the first bytes of the coordinates take.
    """

    agents: int
    kind: str
    has_states: bool
    deflated: int

    @classmethod
    def of(cls, written: Any) -> Form:
        """Return a form that was written as JSON.

        Raises:
            ValueError: nothing is packed in this form.
        """
        if not isinstance(written, list) or list(map(type, written)) != _WRITTEN:
            raise ValueError("agents are packed in no such way")
        form = cls(*written)
        if form.agents < 0 or form.deflated < 0 or form.kind not in _FLOATS:
            raise ValueError("agents are packed in no such way")
        return form

    @property
    def size(self) -> int:
        """The length of the bytes."""
        return self._before + self.deflated + self._rest

    @property
    def _before(self) -> int:
        return self.agents * _FINGERPRINT_BYTES * (2 if self.has_states else 1)

    @property
    def _rest(self) -> int:
        return self.agents * _STATE_ITEMS * (array(self.kind).itemsize - _DEFLATED)


def pack_agents(agents: Agents) -> tuple[Form, bytes]:
    """Return agents as bytes, and the form of these."""
    coordinates = agents.coordinates
    numbers = array("f", coordinates)
    if array("d", numbers).tobytes() != coordinates.tobytes():
        numbers = coordinates
    planes = _planes(numbers)
    deflated = zlib.compress(b"".join(planes[:_DEFLATED]), wbits=_WINDOW)
    states = b"" if _are_given(agents) else _bytes(agents.states)
    form = Form(len(agents), numbers.typecode, bool(states), len(deflated))
    return form, b"".join((_bytes(agents.recurrent), states, deflated, *planes[_DEFLATED:]))


def unpack_agents(form: Form, data: bytes) -> Agents:
    """Return the agents that :func:`pack_agents` made bytes of.

    Raises:
        ValueError: the bytes are damaged.
    """
    if len(data) < form.size:
        raise ValueError("an observation is cut short")
    size = form.agents * _FINGERPRINT_BYTES
    recurrent, end = _fingerprints(data[:size]), size
    states = None
    if form.has_states:
        states, end = _fingerprints(data[end : end + size]), end + size
    coordinates = _coordinates(form, data[end : form.size])
    if states is None:
        return PlainAgents(recurrent, coordinates)
    return Agents(recurrent, states, coordinates)


def _are_given(agents: Agents) -> bool:
    """Whether the coordinates give the fingerprints of states."""
    if isinstance(agents, PlainAgents) or not agents:
        return True
    return state_fingerprints(agents.coordinates) == agents.states


def _planes(numbers: array[float]) -> list[bytes]:
    data = _bytes(numbers)
    return [data[place :: numbers.itemsize] for place in reversed(range(numbers.itemsize))]


def _coordinates(form: Form, data: bytes) -> array[float]:
    count = form.agents * _STATE_ITEMS
    first = _inflated(data[: form.deflated], _DEFLATED * count)
    planes = first + data[form.deflated :]
    numbers: array[float] = array(form.kind)
    ordered = bytearray(count * numbers.itemsize)
    for number, place in enumerate(reversed(range(numbers.itemsize))):
        ordered[place :: numbers.itemsize] = planes[number * count : (number + 1) * count]
    numbers.frombytes(ordered)
    _swap_if_big(numbers)
    return numbers if form.kind == "d" else array("d", numbers)


def _inflated(data: bytes, size: int) -> bytes:
    """Return bytes of a known size; no more of them are made, whatever the data could give."""
    inflater = zlib.decompressobj(_WINDOW)
    try:
        inflated = inflater.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError("an observation is damaged") from error
    if len(inflated) != size or not inflater.eof:
        raise ValueError("an observation is damaged")
    return inflated


def _fingerprints(data: bytes) -> array[int]:
    items = array("Q", data)
    _swap_if_big(items)
    return items


def _bytes(items: array[Any]) -> bytes:
    if sys.byteorder == "big":
        items = items[:]
        items.byteswap()
    return items.tobytes()


def _swap_if_big(items: array[Any]) -> None:
    if sys.byteorder == "big":
        items.byteswap()
