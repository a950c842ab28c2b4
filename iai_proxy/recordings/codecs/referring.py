"""The codec of bodies with recurrent states, which may refer to other bodies.

As bytes::

    1 if a body is repeated besides the sources, plus 2 if a space follows its commas
    how many sources there are (one byte)
    the SHA-256 of each source, then that of the repeated body
    a frame of what ``written`` describes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import frames, written
from iai_proxy.recordings.codecs.restoring import restore
from iai_proxy.recordings.codecs.source import BodyOf, Source, SourceOf
from iai_proxy.recordings.codecs.typical import TYPICAL
from iai_proxy.recordings.codecs.written import Cut, Written

AGENTS: Final = "agents"
#: A body far longer than any call's, in bytes, is packed without a look at what it says.
LONGEST: Final = 32 << 20
#: How many bodies the rows of one may be copied from.
MOST_SOURCES: Final = 255

#: How much of a body's rest is taken for what another may repeat: more than 100 agents need, and
#: less than a picture.
_MOST_REPEATED: Final = 1 << 16
_REPEATS: Final = 1
_SPACED: Final = 2
_HEAD_BYTES: Final = 2
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class References:
    """Which bodies a stored body needs, by their SHA-256.

    Attributes:
        sources: those that its rows are copied from.
        repeated: one whose rest is much like its own.
        spaced: whether a space follows its commas and colons, so that what is repeated has too.
    """

    sources: tuple[bytes, ...] = ()
    repeated: bytes | None = None
    spaced: bool = False

    @property
    def all(self) -> tuple[bytes, ...]:
        """All bodies that are needed."""
        return (*self.sources, self.repeated) if self.repeated else self.sources


def pack(references: References, body: Written, source_of: SourceOf) -> bytes:
    """Return a body as bytes."""
    flags = _REPEATS * bool(references.repeated) + _SPACED * references.spaced
    head = bytes([flags, len(references.sources)])
    frame = frames.pack(written.to_parts(body), _dictionary(references, source_of))
    return b"".join([head, *references.all, frame])


def unpack(data: bytes, size: int, source_of: SourceOf) -> bytes:
    """Return a body as it was.

    Raises:
        InputError: it is damaged, or one that it needs is.
    """
    if size > LONGEST:
        raise InputError(f"a packed body is damaged: none of {size} bytes is packed like this")
    references, frame = _split(data)
    # Eight bytes may stand for four characters, and a few for a row that is a copy.
    content = frames.unpack(frame, 8 * size + 1024, _dictionary(references, source_of))
    found = {digest: source_of(digest) for digest in dict.fromkeys(references.sources)}
    sources = [found[digest] for digest in references.sources]
    return restore(written.from_bytes(content, size), sources, size)


def cut_of(data: bytes, size: int, rest_of: BodyOf) -> Cut:
    """Return what a body has around its recurrent states, which are not read.

    Args:
        data: the packed bytes.
        size: of the whole body.
        rest_of: gives other bodies without their recurrent states.

    Raises:
        InputError: it is damaged, or one that it needs is.
    """
    if size > LONGEST:
        raise InputError(f"a packed body is damaged: none of {size} bytes is packed like this")
    references, frame = _split(data)
    dictionary = _dictionary(references, lambda digest: Source(b"", rest_of(digest)))
    return written.cut_from_bytes(frames.unpack(frame, 8 * size + 1024, dictionary))


def references_of(data: bytes) -> tuple[bytes, ...]:
    """Return the SHA-256 of each body that a packed one needs.

    Raises:
        InputError: it is damaged.
    """
    return _split(data)[0].all


def frame_of(data: bytes) -> bytes:
    """Return the frame of a packed body.

    Raises:
        InputError: it is damaged.
    """
    return _split(data)[1]


def _split(data: bytes) -> tuple[References, bytes]:
    if len(data) < _HEAD_BYTES:
        raise InputError("a packed body is damaged: it is cut short")
    repeats = data[0] & _REPEATS
    end = _HEAD_BYTES + _HASH_BYTES * (data[1] + repeats)
    if len(data) < end:
        raise InputError("a packed body is damaged: it is cut short")
    found = [data[at : at + _HASH_BYTES] for at in range(_HEAD_BYTES, end, _HASH_BYTES)]
    repeated = found.pop() if repeats else None
    return References(tuple(found), repeated, bool(data[0] & _SPACED)), data[end:]


def _dictionary(references: References, source_of: SourceOf) -> bytes:
    """Return what the rest of a body probably repeats; what is likelier comes last."""
    repeated = references.repeated
    text = source_of(repeated).rest[:_MOST_REPEATED] if repeated else TYPICAL
    for digest in references.sources[:1]:  # its agents' states, and lights
        text += _spaced(source_of(digest).rest[:_MOST_REPEATED], spaced=references.spaced)
    return text


def _spaced(text: bytes, *, spaced: bool) -> bytes:
    """Return JSON with a space after commas and colons, or without, strings perhaps changed too."""
    if not spaced:
        return text.replace(b", ", b",").replace(b": ", b":")
    return text if b'": ' in text else text.replace(b",", b", ").replace(b":", b": ")
