"""Fingerprints: what tells one agent at one step from every other.

The API's answer holds a recurrent state for each agent, 152 doubles that the client sends back
unmodified. Doubles survive the round trip bit for bit, so their hash names the agent and the step
that they came from. Where a request has none, the agent's state and size stand in: four doubles
that came from an answer are as good as unique too.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

#: Stands for an agent that carries no recurrent state: null, or all zeros as the SDK's default has
#: it.
FRESH: Final = 0

_DIGEST_BYTES: Final = 8  # a collision among 10 million agent steps has odds of 1 in 400,000

_STATE_BYTES: Final = 4 * 8
_MINUS_ZERO: Final = struct.pack("<d", -0.0)
#: By a double's last byte, with its sign and most of the exponent: 1 from 2**33 on.
_IS_LARGE: Final = bytes(byte & 0x7F >= 0x42 for byte in range(256))


def recurrent_fingerprint(recurrent: Sequence[float] | None) -> int:
    """Return the fingerprint of one agent's recurrent state.

    Args:
        recurrent: its numbers (152 today), or None.

    Returns:
        A positive integer; :data:`FRESH` for None and for all zeros.
    """
    if not recurrent or not any(recurrent):
        return FRESH
    return _hash(b"r", recurrent)


def recurrent_fingerprints(numbers: Sequence[float], width: int) -> array[int] | None:
    """Return what :func:`recurrent_fingerprint` does for each of many rows, in half the time.

    Args:
        numbers: of all rows, one row after the other.
        width: how many a row has.

    Returns:
        The fingerprints; None where a number is 2**33 or more.

    Raises:
        struct.error: some are no numbers.
        OverflowError: one is too large for a double.
    """
    packed = struct.pack(f"<{len(numbers)}d", *numbers)
    exponents = packed[7::8]
    if exponents.translate(_IS_LARGE).find(1) >= 0:
        return None
    # Only -0.0 and the smallest doubles there are have this as their last byte.
    if exponents.find(_MINUS_ZERO[7:]) >= 0:
        packed = struct.pack(f"<{len(numbers)}d", *(number + 0.0 for number in numbers))
    size = 8 * width
    zeros = bytes(size)
    rows = (packed[begin : begin + size] for begin in range(0, len(packed), size))
    return array("Q", [FRESH if row == zeros else _digest(b"r", row) for row in rows])


def state_fingerprint(state: Sequence[float], size: Sequence[float | None] = ()) -> int:
    """Return the fingerprint of an agent's state and size.

    Args:
        state: x m, y m, orientation rad, speed m/s.
        size: length m, width m.
    """
    return _hash(b"s", [*state, *(number or 0.0 for number in size)])


def state_fingerprints(coordinates: array[float]) -> array[int]:
    """Return the fingerprints of states given as four doubles each, without sizes."""
    packed = struct.pack(f"<{len(coordinates)}d", *coordinates)
    if _MINUS_ZERO in packed:
        packed = struct.pack(f"<{len(coordinates)}d", *(number + 0.0 for number in coordinates))
    ends = range(_STATE_BYTES, len(packed) + 1, _STATE_BYTES)
    return array("Q", (_digest(b"s", packed[end - _STATE_BYTES : end]) for end in ends))


def _hash(kind: bytes, numbers: Sequence[Any]) -> int:
    try:
        packer = _doubles(len(numbers))
        packed = packer.pack(*numbers)
        if _MINUS_ZERO in packed:  # some clients write it as 0, which is the same number
            packed = packer.pack(*(number + 0.0 for number in numbers))
    except (
        struct.error,
        TypeError,
        OverflowError,
    ):  # a client sent something else than numbers: still the same for the same
        packed = repr(numbers).encode()
    return _digest(kind, packed)


def _digest(kind: bytes, packed: bytes) -> int:
    digest = hashlib.blake2b(packed, digest_size=_DIGEST_BYTES, person=kind).digest()
    return int.from_bytes(digest, "little") or 1


@lru_cache(maxsize=64)
def _doubles(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}d")
