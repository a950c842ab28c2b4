"""Reading a recording, also while it is being written. Never changes the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from iai_proxy.api import KEY_VERSION, Call, Endpoint, Exchange, RequestKeys, Response, request_keys
from iai_proxy.errors import InputError, UsageError
from iai_proxy.lineage import OBSERVATION_VERSION, Lineage, Observation, build, observe, unpack
from iai_proxy.recordings import codecs, rows, schema
from iai_proxy.recordings.uri import file_uri

_LARGEST_NUMBER: Final = 2**63 - 1
#: Fewer bodies than this are unpacked one after another.
_WORTH_THREADS: Final = 4


class Recording:
    """An open recording. Bodies are read one at a time: memory does not grow with the file.

    May be handed from one thread to another, but not used by two at once.

    Args:
        path: the recording.
        damaged: open a file that is known to be damaged, to read what is whole of it; only the
            calls whose pages are gone can't be read then. Else one that was cut short is refused.

    Raises:
        InputError: missing, not a recording, damaged, or newer than this program.
    """

    def __init__(self, path: Path, *, damaged: bool = False) -> None:
        self.path = path
        self._damaged = damaged
        try:
            if not path.exists():
                raise InputError(f"there is no recording {path}")
            if path.is_dir():
                raise InputError(f"{path} is a folder, not a recording")
            if not path.stat().st_size:
                raise InputError(f"{path} is empty, not a recording")
            self._connection = sqlite3.connect(
                file_uri(path, "ro"), uri=True, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"{path} can't be opened: {error}") from error
        try:
            with self._reading():
                if damaged:  # changes nothing here, but SQLite then opens a file that lacks pages
                    self._connection.execute("PRAGMA writable_schema = ON")
                self._queries = rows.Queries(schema.check_format(self._connection, path))
                self._connection.execute("SELECT 1 FROM exchange LIMIT 1").fetchone()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._connection.close()

    def __len__(self) -> int:
        """The number of exchanges."""
        with self._reading():
            count: int = self._connection.execute("SELECT count(*) FROM exchange").fetchone()[0]
            return count

    def calls(self, *, after: int = 0) -> Iterator[Call]:
        """Yield all exchanges behind a number without headers and bodies, in the order of their numbers."""
        with self._reading():
            for row in self._connection.execute(
                f"{self._queries.calls} WHERE e.id > ? ORDER BY e.id", (after,)
            ):
                yield rows.to_call(row)

    def call(self, number: int) -> Call:
        """Return one line of the listing.

        Raises:
            UsageError: there is no exchange of that number.
        """
        with self._reading():
            row = self._row(f"{self._queries.calls} WHERE e.id = ?", number)
            return rows.to_call(row)

    def exchange(self, number: int) -> Exchange:
        """Return one exchange, whole.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or one of its bodies is damaged.
        """
        with self._reading():
            row = self._row(self._queries.exchange, number)
            request_hash, response_hash = rows.body_hashes(row)
            request_body = self.body(request_hash)
            response_body = self.body(response_hash) if response_hash else b""
            return rows.to_exchange(number, row, request_body, response_body)

    def response(self, number: int) -> Response | None:
        """Return the answer of one exchange, or None where there was none; its request's body is not read.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or its answer's body is damaged.
        """
        with self._reading():
            row = self._row(self._queries.exchange, number)
            _, response_hash = rows.body_hashes(row)
            return rows.to_exchange(
                number, row, b"", self.body(response_hash) if response_hash else b""
            ).response

    def exchanges(self) -> Iterator[Exchange]:
        """Yield all exchanges, whole, in the order of their numbers."""
        for call in list(self.calls()):
            yield self.exchange(call.id)

    def whole(self, exchange: Exchange) -> int | None:
        """Return the number of the large call that an exchange is a part of, if that is recorded."""
        with self._reading():
            if exchange.large is not None:
                query = "SELECT id, endpoint FROM exchange WHERE large = ? ORDER BY id"
                for number, endpoint in self._connection.execute(query, (exchange.large,)):
                    if Endpoint(endpoint).is_large and number != exchange.id:
                        return int(number)
        return None

    def body(self, digest: bytes) -> bytes:
        """Return the body that has this SHA-256.

        Raises:
            InputError: it is missing or damaged.
        """
        return self._unpacked(digest, self._packed(digest))

    def bodies(self, batches: Iterable[Sequence[bytes | None]]) -> Iterator[list[bytes]]:
        """Yield for each batch the bodies that have these SHA-256, an empty one where there is none.

        They are unpacked on all cores, the next batch while the caller is at work on one. Those
        that were packed with a checksum, which tells damage in a tenth of the time, are not hashed
        again.

        Raises:
            InputError: one is missing or damaged.
        """
        waiting: deque[tuple[Sequence[bytes | None], dict[bytes, None], Iterator[bytes]]] = deque()
        # zstandard and hashlib let go of Python's lock. Threads are not started before they are
        # needed.
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="iai-proxy-unpack") as pool:
            for digests in batches:
                wanted = dict.fromkeys(digest for digest in digests if digest)
                packed = [self._packed(digest) for digest in wanted]
                unpack = pool.map if len(wanted) >= _WORTH_THREADS else map
                waiting.append((digests, wanted, unpack(self._unpacked_fast, wanted, packed)))
                if len(waiting) > 1:
                    yield _in_order(*waiting.popleft())
            while waiting:
                yield _in_order(*waiting.popleft())

    def _packed(self, digest: bytes) -> tuple[str, bytes, int]:
        with self._reading():
            row = self._connection.execute(
                "SELECT codec, data, size FROM body WHERE hash = ?", (digest,)
            ).fetchone()
        if row is None:
            raise InputError(f"{self.path} is damaged: the body {digest.hex()[:12]} is missing")
        codec, data, size = row
        if not isinstance(data, bytes):
            raise InputError(
                f"{self.path} is damaged: the body {digest.hex()[:12]} is of type {type(data).__name__}"
            )
        return codec, data, size

    def _unpacked_fast(self, digest: bytes, packed: tuple[str, bytes, int]) -> bytes:
        codec, data, _ = packed
        return (
            codecs.unpack(*packed)
            if codecs.has_checksum(codec, data)
            else self._unpacked(digest, packed)
        )

    def _unpacked(self, digest: bytes, packed: tuple[str, bytes, int]) -> bytes:
        body = codecs.unpack(*packed)
        if hashlib.sha256(body).digest() != digest:
            raise InputError(
                f"{self.path} is damaged: the body {digest.hex()[:12]} is not what was recorded"
            )
        return body

    def request_keys(self) -> Iterator[tuple[int, RequestKeys]]:
        """Yield the keys of every exchange, in the order of their numbers; missing and outdated ones are made."""
        query = (
            "SELECT e.id, k.version, k.exact, k.seedless, e.method, e.target, e.request_hash "
            "FROM exchange e LEFT JOIN request_key k ON k.exchange = e.id ORDER BY e.id"
        )
        with self._reading():
            for number, version, exact, seedless, *asked in self._connection.execute(query):
                if (
                    version == KEY_VERSION
                    and isinstance(exact, bytes)
                    and isinstance(seedless, bytes)
                ):
                    yield number, RequestKeys(exact, seedless)
                else:
                    at = rows.checked(("method", "target", "request_hash"), asked)
                    yield (
                        number,
                        request_keys(at["method"], at["target"], self.body(at["request_hash"])),
                    )

    def observations(self, *, after: int = 0) -> Iterator[Observation]:
        """Yield what lineage needs of each exchange with agents behind a number; missing and outdated ones are made."""
        query = f"{self._queries.observations} WHERE e.id > ? ORDER BY e.id"
        with self._reading():
            for version, data, *row in self._connection.execute(query, (after,)):
                call = rows.to_call(row)
                if call.endpoint.is_stepping:
                    yield self._observation(call, version, data)

    def lineage(self) -> Lineage:
        """Return the simulations of the recording. Holds fingerprints, never bodies.

        Raises:
            InputError: a body is damaged.
        """
        return build(self.observations())

    def _observation(self, call: Call, version: Any, data: Any) -> Observation:
        if version == OBSERVATION_VERSION:
            with contextlib.suppress(ValueError, TypeError):  # a damaged cache is no cache
                return unpack(call, data)
        answer = self.body(call.response_hash) if call.succeeded and call.response_hash else b""
        return observe(call, self.body(call.request_hash), answer)

    def meta(self, key: str) -> Any:
        """Return a fact of the ``meta`` table, or None."""
        with self._reading():
            row = self._connection.execute(
                "SELECT value FROM meta WHERE key = ?", (key,)
            ).fetchone()
        return row[0] if row else None

    def numbers(self, *, descending: bool = False) -> Iterator[int]:
        """Yield the number of every exchange."""
        with self._reading():
            order = "DESC" if descending else "ASC"
            for (number,) in self._connection.execute(
                f"SELECT id FROM exchange ORDER BY id {order}"
            ):
                yield number

    def integrity(self) -> list[str]:
        """What SQLite's own check finds wrong with the file, at most 20 lines; empty for nothing."""
        with self._reading():
            lines = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [line for line in lines if line != "ok"]

    def _row(self, query: str, number: int) -> tuple[Any, ...]:
        if abs(number) <= _LARGEST_NUMBER:
            row: tuple[Any, ...] | None = self._connection.execute(query, (number,)).fetchone()
            if row is not None:
                return row
        count = len(self)
        held = f"its calls are 1 to {count}" if count else "it holds no calls"
        raise UsageError(f"{self.path} has no call {number}: {held}")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise InputError(f"{self.path} can't be read: {error}") from error
        except sqlite3.DatabaseError as error:
            if "not a database" in str(error):
                raise InputError(f"{self.path} is not a recording ({error})") from error
            raise self._damage(error) from error
        except (
            rows.DamagedRowError,
            UnicodeDecodeError,
        ) as error:  # SQLite names what is damaged in its own bytes
            raise self._damage(error) from error

    def _damage(self, error: Exception) -> InputError:
        hint = "" if self._damaged else f"; `iai-proxy verify {self.path}` says what is whole"
        return InputError(f"{self.path} is damaged ({error}){hint}")


def _in_order(
    digests: Sequence[bytes | None], wanted: Iterable[bytes], unpacked: Iterable[bytes]
) -> list[bytes]:
    found = dict(zip(wanted, unpacked, strict=True))
    return [found[digest] if digest else b"" for digest in digests]
