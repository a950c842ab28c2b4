"""Base64 and hex that stand in bytes, to be looked into: a key may be in what they encode."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

_RUN: Final = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX: Final = re.compile(rb"[0-9a-fA-F]+")
#: Such a run of letters is in the text around the numbers of a body.
_RUN_IN_REST: Final = re.compile(rb"[A-Za-z/_]{6,}")
_OF_EXPONENTS: Final = b"eE"
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
#: The names in a body's text are the same in each: they are looked into once.
_MOST_KNOWN: Final = 4096
#: What is longer is looked into part by part: all of it at once would take five times its bytes.
_AT_A_TIME: Final = 64 << 20
#: No key that is searched for is longer, encoded; a multiple of 4 keeps base64 where it was.
_OVERLAP: Final = 64 << 10
_MARK: Final = b"[redacted]"


class EncodedRuns:
    """Looks into encoded texts, and remembers in which there is nothing.

    Args:
        at_a_time: how many bytes of a text are decoded at a time.
    """

    def __init__(self, at_a_time: int = _AT_A_TIME) -> None:
        self._at_a_time = at_a_time
        self._harmless: set[bytes] = set()

    def replace(self, body: bytes, rest: bytes, within: Callable[[bytes], bytes]) -> bytes:
        """Return a body without encoded texts that hold what a function replaces.

        Args:
            body: anything.
            rest: what is left of it without numbers and white space.
            within: returns the very same object if there is nothing to replace.
        """
        runs = set(_RUN_IN_REST.findall(rest.translate(None, _OF_EXPONENTS)))
        if runs <= self._harmless:
            return body
        known: dict[bytes, bytes] = {}  # names of members stand in a list a thousand times

        def looked_into(found: re.Match[bytes]) -> bytes:
            run = found[0]
            if run not in known:
                known[run] = _looked_into(run, within, self._at_a_time)
            return known[run]

        replaced = _RUN.sub(looked_into, body)
        if replaced == body:
            if len(self._harmless) < _MOST_KNOWN:
                self._harmless |= runs
            return body
        return replaced


def _looked_into(run: bytes, within: Callable[[bytes], bytes], at_a_time: int) -> bytes:
    if run.isdigit():
        return run
    for start in range(0, len(run), at_a_time):
        for plain in _decoded(run[start : start + at_a_time + _OVERLAP]):
            if within(plain) is not plain:
                return _MARK
    return run


def _decoded(run: bytes) -> Iterator[bytes]:
    """Yield what a run may encode; in base64 its beginning may belong to something else."""
    standard = run.translate(_STANDARD)
    for before in range(4):
        digits = standard[before:]
        if len(digits) % 4 == 1:  # a single digit is no byte
            digits = digits[:-1]
        with suppress(binascii.Error):
            yield base64.b64decode(digits + b"=" * (-len(digits) % 4))
    if _HEX.fullmatch(run):
        for before in (0, 1):
            yield bytes.fromhex(run[before : len(run) - (len(run) - before) % 2].decode())
