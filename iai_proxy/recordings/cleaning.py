"""Searching stored calls for secrets: for what takes too long before a commit, and for late keys.

A call that holds a secret is stored anew without it, as if it had been recorded so. What other
bodies refer to (:mod:`codecs`) is not taken away from them: they are packed by themselves first.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.errors import IaiProxyError
from iai_proxy.recordings import codecs, rows
from iai_proxy.recordings.bodies import Bodies
from iai_proxy.recordings.codecs import plain
from iai_proxy.recordings.connecting import connect
from iai_proxy.recordings.queries import insert, with_checksum
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.secret_search import SecretSearch

#: Of a secret that only its name tells.
_BARE_MARK: Final = "[redacted]"
#: A larger body is searched once, in however many calls it stands.
_LARGE: Final = 1 << 16
_MOST_KNOWN: Final = 10_000


class Cleaned(NamedTuple):
    """A call as it is to be stored in place of one with a secret in it.

    Attributes:
        exchange: without the secret.
        packed: codec and data, by hash, of bodies that referred to its own.
    """

    exchange: Exchange
    packed: Mapping[bytes, tuple[str, bytes]]


class Cleaner:
    """Searches the calls of a recording. It only reads.

    Args:
        path: the recording.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._search = SecretSearch({}, lambda _: _BARE_MARK)
        self._clean: set[tuple[int, int]] = set()

    def _know(self, marks: Mapping[str, bytes]) -> None:
        if marks != self._search.marks:
            self._search = SecretSearch(marks, lambda _: _BARE_MARK)
            self._clean.clear()

    def clean(self, numbers: Iterable[int], marks: Mapping[str, bytes]) -> dict[int, Cleaned]:
        """Return, of some calls, those that hold a secret, without it.

        What can't be read is left as it is.

        Args:
            numbers: of the calls.
            marks: what is searched for, each with what replaces it.
        """
        self._know(marks)
        found: dict[int, Cleaned] = {}
        with suppress(IaiProxyError), Recording(self._path, sound=True) as recording:
            for number in numbers:
                with suppress(IaiProxyError):
                    cleaned = self._cleaned(recording, number)
                    if cleaned:
                        found[number] = cleaned
        return found

    def _cleaned(self, recording: Recording, number: int) -> Cleaned | None:
        exchange = recording.exchange(number)
        cleaned = self._exchange(exchange)
        if cleaned == exchange:
            return None
        call = recording.call(number)
        old = {digest for digest in (call.request_hash, call.response_hash) if digest}
        return Cleaned(cleaned, _packed_alone(self._path, old))

    def _exchange(self, exchange: Exchange) -> Exchange:
        if not self._are_clean(texts_of(exchange)):
            exchange = with_texts(exchange, self._text)
        answer = exchange.response
        return replace(
            exchange,
            request=replace(exchange.request, body=self._body(exchange.request.body)),
            response=replace(answer, body=self._body(answer.body)) if answer else None,
        )

    def _are_clean(self, texts: Iterable[str]) -> bool:
        """Return whether there is no secret in texts: together they are searched in no time."""
        raw = "\n".join(texts).encode("utf-8", "surrogateescape")
        return self._search.replace_all(raw) is raw

    def _text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogateescape")
        replaced = self._search.replace_all(raw)
        return text if replaced is raw else replaced.decode("utf-8", "surrogateescape")

    def _body(self, body: bytes) -> bytes:
        if len(body) < _LARGE:
            return self._search.replace_all(body)
        known = hash(body), len(body)
        if known in self._clean:
            return body
        replaced = self._search.replace_all(body)
        if replaced is body and len(self._clean) < _MOST_KNOWN:
            self._clean.add(known)
        return replaced


def texts_of(exchange: Exchange) -> Iterator[str]:
    """Yield the texts of an exchange that may hold a secret."""
    for message in (exchange.request, exchange.response):
        for header in message.headers if message else ():
            yield from header
        yield from (message.encoding, message.http_version) if message else ()
    yield from (exchange.connection, exchange.client, exchange.large or "")
    yield exchange.request.scheme
    yield from (exchange.request.method, exchange.request.host, exchange.request.target)
    yield exchange.response.reason if exchange.response else ""
    yield exchange.failure or ""


def with_texts(exchange: Exchange, change: Callable[[str], str]) -> Exchange:
    """Return an exchange with those texts changed."""

    def headers(message: Request | Response) -> Headers:
        return tuple((change(name), change(value)) for name, value in message.headers)

    request, response = exchange.request, exchange.response
    return replace(
        exchange,
        connection=change(exchange.connection),
        client=change(exchange.client),
        large=exchange.large and change(exchange.large),
        request=replace(
            request,
            scheme=change(request.scheme),
            http_version=change(request.http_version),
            method=change(request.method),
            host=change(request.host),
            target=change(request.target),
            encoding=change(request.encoding),
            headers=headers(request),
        ),
        response=response
        and replace(
            response,
            reason=change(response.reason),
            http_version=change(response.http_version),
            encoding=change(response.encoding),
            headers=headers(response),
        ),
        failure=exchange.failure and change(exchange.failure),
    )


def store_cleaned(connection: sqlite3.Connection, cleaned: Cleaned) -> None:
    """Store a call anew; what it was before leaves no bytes behind in the pages it stood in.

    Raises:
        sqlite3.Error: it can't be written; nothing of it is.
    """
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        _store(connection, cleaned)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite rolls back by itself if it must
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA secure_delete = OFF")


def _store(connection: sqlite3.Connection, cleaned: Cleaned) -> None:
    exchange = cleaned.exchange
    number = exchange.id
    for digest, (codec, data) in cleaned.packed.items():
        connection.execute(
            "UPDATE body SET codec = ?, data = ? WHERE hash = ?", (codec, data, digest)
        )
    before = connection.execute(
        "SELECT request_hash, response_hash FROM exchange WHERE id = ?", (number,)
    ).fetchone()
    request_hash = _store_body(connection, exchange.request.body)
    answer = exchange.response
    response_hash = _store_body(connection, answer.body) if answer else None
    row = rows.to_row(number, exchange, request_hash, response_hash)
    connection.execute(insert("exchange", "INSERT OR REPLACE"), with_checksum("exchange", *row))
    for table in ("request_key", "observation"):
        connection.execute(f"DELETE FROM {table} WHERE exchange = ?", (number,))
    for digest in set(before) - {None, request_hash, response_hash}:
        _remove_unused(connection, digest)


def _store_body(connection: sqlite3.Connection, body: bytes) -> bytes:
    digest = hashlib.sha256(body).digest()
    row = (digest, codecs.RAW, len(body), body)
    connection.execute("INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)", row)
    return digest


def _remove_unused(connection: sqlite3.Connection, digest: bytes) -> None:
    query = "SELECT 1 FROM exchange WHERE ? IN (request_hash, response_hash) LIMIT 1"
    if not connection.execute(query, (digest,)).fetchone():
        connection.execute("DELETE FROM body WHERE hash = ?", (digest,))


def _packed_alone(path: Path, digests: set[bytes]) -> dict[bytes, tuple[str, bytes]]:
    """Return bodies that refer to others, packed so that they do not; all are looked through."""
    connection = connect(path, "ro")
    try:
        if all(_is_raw(connection, digest) for digest in digests):
            return {}  # nothing refers to what is not packed
        bodies = Bodies(connection, path)
        return {
            digest: plain.pack(bodies.get(digest))
            for digest, codec, data in connection.execute("SELECT hash, codec, data FROM body")
            if digests.intersection(codecs.references(codec, data))
        }
    finally:
        connection.close()


def _is_raw(connection: sqlite3.Connection, digest: bytes) -> bool:
    row = connection.execute("SELECT codec FROM body WHERE hash = ?", (digest,)).fetchone()
    return row is not None and row[0] == codecs.RAW
