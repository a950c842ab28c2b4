"""Searching a recording for secrets that its user knows: in its bytes, and in what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.recordings.cleaning import texts_of
from iai_proxy.recordings.connecting import plain_errors
from iai_proxy.recordings.queries import TABLES
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.redactor import is_searched
from iai_proxy.recordings.secret_search import SecretSearch
from iai_proxy.recordings.wholeness import Problem, examine, found_numbers, unnamed_bodies
from iai_proxy.text import printable

#: The files of a recording that may hold what was recorded.
_FILES: Final = ("", "-wal", "-journal")
#: How much of a file is searched at a time, and how much of it once more with what follows.
_PIECE: Final = 1 << 22
_OVERLAP: Final = 1 << 12


class FoundSecret(NamedTuple):
    """Where a secret stands.

    Attributes:
        which: its place among those that were searched for, from 1: it is not to be printed.
        place: ``call 3, answer``, or a file and about which byte of it.
    """

    which: int
    place: str


class Searched(NamedTuple):
    """What a search came to.

    Attributes:
        found: where secrets stand.
        unread: what of the recording can't be read. It was only searched in the file's bytes, in
            which a secret does not show that is packed: where there is any, nothing is certain.
    """

    found: tuple[FoundSecret, ...]
    unread: tuple[Problem, ...]


def search_for(path: Path, secrets: Sequence[str]) -> Searched:
    """Search a recording for secrets, in any form. What SQLite no longer needs of it is, too.

    Raises:
        UsageError: a secret can't be searched for: it is so short that it would be found by chance,
            or can't be what a client sends.
        InputError: the file can't be read as a recording at all.
    """
    for which, secret in enumerate(secrets, 1):
        _require_searchable(which, secret)
    searches = [SecretSearch({secret: b"[redacted]"}, named=None) for secret in secrets]
    found: list[FoundSecret] = []
    with Recording(path, damaged=True) as recording:
        _, unread = examine(recording)
        for place, data in _contents(recording):
            found += (FoundSecret(which, place) for which, _ in _found(searches, data))
    for file in _files(path):
        for start, piece in _pieces(file):
            found += (
                FoundSecret(which, f"{file}, about byte {start + offset}")
                for which, offset in _found(searches, piece)
            )
    return Searched(tuple(found), unread)


def _require_searchable(which: int, secret: str) -> None:
    if not secret.isprintable():
        raise UsageError(
            f"secret {which} holds a control character, or bytes that are not UTF-8: no key does, "
            "so it would not be found"
        )
    if not is_searched(secret):
        raise UsageError(
            f"secret {which} can't be searched for: a text of fewer than 6 characters, or one so "
            "common, would be found by chance"
        )


def _found(searches: Iterable[SecretSearch], data: bytes) -> Iterator[tuple[int, int]]:
    """Yield which secrets stand in some bytes, and about where the first time."""
    for which, search in enumerate(searches, 1):
        without = search.replace_all(data)
        if without is not data:
            yield which, _first_difference(data, without)


def _first_difference(data: bytes, other: bytes) -> int:
    """Return how many bytes both begin with."""
    same, most = 0, min(len(data), len(other))
    while same < most:
        middle = (same + most + 1) // 2
        if data[same:middle] == other[same:middle]:
            same = middle
        else:
            most = middle - 1
    return same


def _contents(recording: Recording) -> Iterator[tuple[str, bytes]]:
    """Yield all that a recording holds, as far as it can be read, and where it stands."""
    whole = []
    for number in found_numbers(recording, []):
        with suppress(IaiProxyError):
            exchange = recording.exchange(number)
            whole.append(number)
            yield from _parts(number, exchange)
    yield from _bodies_besides(recording, whole)
    for table in TABLES:
        if table != "exchange":
            with suppress(IaiProxyError):
                for key, value in recording.values(table):
                    yield f"{table} of {printable(str(key))}", value


def _parts(number: int, exchange: Exchange) -> Iterator[tuple[str, bytes]]:
    head = "\n".join(texts_of(exchange)).encode("utf-8", "surrogateescape")
    yield f"call {number}, head", head
    yield f"call {number}, request", exchange.request.body
    if exchange.response:
        yield f"call {number}, answer", exchange.response.body


def _bodies_besides(recording: Recording, whole: list[int]) -> Iterator[tuple[str, bytes]]:
    """Yield the bodies that do not belong to a whole call."""
    with suppress(IaiProxyError):
        for digest in unnamed_bodies(recording, whole):
            with suppress(IaiProxyError):
                yield f"body {bytes(digest).hex()[:12]}", recording.body(digest)


def _files(path: Path) -> Iterator[Path]:
    real = path.resolve()  # SQLite puts its files beside the one that a link leads to
    for file in (real.with_name(real.name + suffix) for suffix in _FILES):
        if file.exists():
            yield file


def _pieces(file: Path) -> Iterator[tuple[int, bytes]]:
    with plain_errors(file), file.open("rb") as stream:
        start = 0
        while piece := stream.read(_PIECE + _OVERLAP):
            yield start, piece
            if len(piece) <= _PIECE:
                return
            start += _PIECE
            stream.seek(start)
