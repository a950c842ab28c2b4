"""Searching a recording for secrets that its user knows: in its bytes, and in what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.recordings.cleaning import texts_of
from iai_proxy.recordings.connecting import plain_errors
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.redactor import is_searched
from iai_proxy.recordings.secret_search import SecretSearch

#: The files of a recording that may hold what was recorded.
_FILES: Final = ("", "-wal", "-journal")
#: How much of a file is searched at a time, and how much of it once more with what follows.
_PIECE: Final = 1 << 22
_OVERLAP: Final = 1 << 12


class FoundSecret(NamedTuple):
    """Where a secret stands.

    Attributes:
        which: its place among those that were searched for, from 1: it is not to be printed.
        place: ``call 3, answer``, or a file and the byte at which the piece of it begins.
    """

    which: int
    place: str


def secrets_in(path: Path, secrets: Sequence[str]) -> Iterator[FoundSecret]:
    """Yield where secrets stand in a recording, in any form.

    What SQLite no longer needs of a file is searched as well; a call that can't be read is only
    searched in the file's bytes.

    Raises:
        UsageError: a secret is so short that it would be found by chance.
        InputError: the file can't be read as a recording at all.
    """
    for secret in secrets:
        if not is_searched(secret):
            raise UsageError("a secret of fewer than 6 characters can't be searched for")
    searches = [_search(secret) for secret in secrets]
    with Recording(path, damaged=True) as recording:
        for number in _numbers(recording):
            for part, data in _parts(recording, number):
                yield from _found(searches, data, f"call {number}, {part}")
    for suffix in _FILES:
        file = path.with_name(path.name + suffix)
        if file.exists():
            for start, piece in _pieces(file):
                yield from _found(searches, piece, f"{file}, from byte {start} on")


def _search(secret: str) -> SecretSearch:
    return SecretSearch({secret: b"[redacted]"}, named=None)


def _found(searches: Iterable[SecretSearch], data: bytes, place: str) -> Iterator[FoundSecret]:
    for which, search in enumerate(searches, 1):
        if search.replace_all(data) is not data:
            yield FoundSecret(which, place)


def _numbers(recording: Recording) -> list[int]:
    """Return the numbers of the calls, as far as the table can be read."""
    found: list[int] = []
    with suppress(IaiProxyError):
        for number in recording.numbers():
            found.append(number)
    return found


def _parts(recording: Recording, number: int) -> Iterator[tuple[str, bytes]]:
    try:
        exchange = recording.exchange(number)
    except IaiProxyError:
        return
    yield "head", "\n".join(texts_of(exchange)).encode("utf-8", "surrogateescape")
    yield "request", exchange.request.body
    if exchange.response:
        yield "answer", exchange.response.body


def _pieces(file: Path) -> Iterator[tuple[int, bytes]]:
    with plain_errors(file), file.open("rb") as stream:
        start = 0
        while piece := stream.read(_PIECE + _OVERLAP):
            yield start, piece
            if len(piece) <= _PIECE:
                return
            start += _PIECE
            stream.seek(start)
