"""What a recording that is made from others takes over from them, besides calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from iai_proxy.recordings.reader import Recording


class Origin(NamedTuple):
    """What a recording that is made from another one takes over from it.

    Attributes:
        salt: of its redaction marks, so that a key that is met later gets the mark that it has;
            None for one of its own.
        unsearched: the marks of keys that not all of its calls were searched for.
        begins: numbers of the calls that steps begin with which were cut off from others.
    """

    salt: bytes | None = None
    unsearched: frozenset[str] = frozenset()
    begins: frozenset[int] = frozenset()


NO_ORIGIN: Final = Origin()


def origin_of(recording: Recording, begins: Iterable[int] = ()) -> Origin:
    """Return what copies of the calls of a recording take over from it.

    Args:
        recording: an open one.
        begins: numbers of the calls that cut steps begin with, in the copy.

    Raises:
        InputError: it can't be read.
    """
    salt = recording.meta("salt")
    own_salt = salt if isinstance(salt, bytes) else None
    return Origin(own_salt, recording.unsearched_keys(), frozenset(begins))
