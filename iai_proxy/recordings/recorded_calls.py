"""Reading the calls of a recording: listed, whole, with their bodies and keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from iai_proxy.api import (
    DEFAULT_IGNORED,
    KEY_VERSION,
    Call,
    Endpoint,
    Exchange,
    RequestKeys,
    Response,
    request_keys,
)
from iai_proxy.api.body import LazyBody
from iai_proxy.recordings import rows
from iai_proxy.recordings.bodies import CutBody
from iai_proxy.recordings.checksums import is_whole
from iai_proxy.recordings.opened import OpenRecording


class RecordedCalls(OpenRecording):
    """The calls of an open recording."""

    def calls(self, *, after: int = 0, endpoint: Endpoint | None = None) -> Iterator[Call]:
        """Yield the calls after a number, in order, without headers and bodies.

        Args:
            after: the number.
            endpoint: only its calls; None for all.
        """
        with self._reading():
            query = f"{self._queries.calls} WHERE id > ? ORDER BY id"
            for row in self._connection.execute(query, (after,)):
                # Chosen here, as what a row says is known only once its checksum is compared.
                call = rows.to_call(row)
                if endpoint in {None, call.endpoint}:
                    yield call

    def call(self, number: int) -> Call:
        """Return one line of the listing.

        Raises:
            UsageError: there is no exchange of that number.
        """
        with self._reading():
            return rows.to_call(self._row(f"{self._queries.calls} WHERE id = ?", number))

    def exchange(self, number: int) -> Exchange:
        """Return one exchange, whole.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or one of its bodies is damaged.
        """
        with self._reading():
            columns = self._columns(number)
            request_body = self._bodies.get(columns["request_hash"])
            return rows.to_exchange(columns, request_body, self._answer(columns))

    def response(self, number: int) -> Response | None:
        """Return the answer of one exchange, or None. Its request's body is not read.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or its answer's body is damaged.
        """
        found = self._responses.get(number)
        if found is None:
            with self._reading():
                columns = self._columns(number)
                digest = columns["response_hash"]
                body = self._bodies.quick(digest) if digest else b""
                found = rows.to_exchange(columns, b"", body).response
            if found is not None:
                self._responses.hold(number, found)
        return found

    def exchanges(self) -> Iterator[Exchange]:
        """Yield all exchanges, whole, in the order of their numbers."""
        for call in list(self.calls()):
            yield self.exchange(call.id)

    def large_call_of(self, part: Exchange) -> int | None:
        """Return the number of the large call that ``part`` belongs to, if that is recorded."""
        if part.large is None:
            return None
        query = "SELECT id, endpoint FROM exchange WHERE large = ? ORDER BY id"
        with self._reading():
            for number, endpoint in self._connection.execute(query, (part.large,)):
                if Endpoint(endpoint).is_large and number != part.id:
                    return int(number)
        return None

    def body(self, digest: bytes) -> bytes:
        """Return the body that has this SHA-256.

        Raises:
            InputError: it is missing or damaged.
        """
        with self._reading():
            return self._bodies.get(digest)

    def bodies(self, batches: Iterable[Sequence[bytes | None]]) -> Iterator[list[bytes]]:
        """Yield for each batch of hashes its bodies, an empty one if there is no hash.

        They are unpacked on all cores, the next batch while the caller works on one.

        Raises:
            InputError: one is missing or damaged.
        """
        with self._reading():
            yield from self._bodies.batches(batches)

    def lazy_bodies(self, batches: Iterable[Sequence[bytes | None]]) -> Iterator[list[LazyBody]]:
        """Yield for each batch of hashes its bodies, as :meth:`bodies` does, opened as JSON.

        Their recurrent states are read from the file if they are looked at, and only while this is
        open or resting.

        Raises:
            InputError: one is missing or damaged.
        """
        with self._reading():
            for found in self._bodies.cut_batches(batches):
                yield list(map(self._lazy, found))

    def _lazy(self, body: bytes | CutBody) -> LazyBody:
        if not isinstance(body, CutBody):
            return LazyBody.of(body)
        return LazyBody.around(*body.cut, lambda: self._quick(body.digest))

    def _quick(self, digest: bytes) -> bytes:
        with self._reading():
            return self._bodies.quick(digest)

    def request_keys(self) -> Iterator[tuple[int, RequestKeys]]:
        """Yield every exchange's number and keys, in order; missing and outdated keys are made."""
        for call, keys in self.keyed_calls():
            yield call.id, keys or self.made_keys(call)

    def keyed_calls(
        self, ignored: frozenset[str] = DEFAULT_IGNORED
    ) -> Iterator[tuple[Call, RequestKeys | None]]:
        """Yield the calls with their keys, in order; None for keys that are missing or outdated.

        Args:
            ignored: fields that keys leave out; none are stored where these are not the usual.
        """
        are_usual = ignored == DEFAULT_IGNORED
        with self._reading():
            for row in self._connection.execute(f"{self._queries.keyed} ORDER BY id"):
                keys = _stored_keys(row[:_KEYS]) if are_usual else None
                yield rows.to_call(row[_KEYS:]), keys

    def made_keys(self, call: Call, ignored: frozenset[str] = DEFAULT_IGNORED) -> RequestKeys:
        """Return the keys of a call, made of its body.

        Raises:
            InputError: that is damaged.
        """
        return request_keys(call.method, call.target, self.body(call.request_hash), ignored)

    def _columns(self, number: int) -> dict[str, Any]:
        return rows.checked(self._row(f"{self._queries.calls} WHERE id = ?", number))

    def _answer(self, columns: dict[str, Any]) -> bytes:
        digest = columns["response_hash"]
        return self._bodies.get(digest) if digest else b""


#: How many values a row of keys has, with its checksum.
_KEYS: Final = 5


def _stored_keys(row: Sequence[Any]) -> RequestKeys | None:
    """Return the keys of a row; None where there is none, or it is outdated or damaged."""
    *values, stored = row
    _, version, exact, seedless = values
    are_usable = version == KEY_VERSION and type(exact) is type(seedless) is bytes
    if not are_usable or not is_whole("request_key", values, stored):
        return None
    return RequestKeys(exact, seedless)
