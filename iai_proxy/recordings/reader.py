"""Reading a recording, also while it is being written. Never changes the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self

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
from iai_proxy.errors import InputError, UsageError
from iai_proxy.lineage import (
    OBSERVATION_VERSION,
    Agents,
    AnswerName,
    Lineage,
    Observation,
    Unpacker,
    build,
    described_agents,
    plain_answer,
)
from iai_proxy.lineage.stored import LINEAGE_VERSION, load
from iai_proxy.recordings import rows, schema
from iai_proxy.recordings.bodies import Bodies, CutBody
from iai_proxy.recordings.connecting import connect, plain_errors
from iai_proxy.recordings.held_responses import HeldResponses
from iai_proxy.recordings.observed import StoredAgents, observed

#: The name of the lineage among what is derived.
LINEAGE: Final = "lineage"

_LARGEST_NUMBER: Final = 2**63 - 1


class Recording:
    """An open recording. Bodies are read one at a time: memory does not grow with the file.

    May be handed from one thread to another, but not used by two at once.

    Args:
        path: the recording.
        agents: holds what its calls sent and received, for several that read one file; None for
            one of its own.
        damaged: open a file that is known to be damaged, to read what is whole of it; only the
            calls whose pages are gone can't be read then. Else one that was cut short is refused.

    Raises:
        InputError: missing, not a recording, damaged, or newer than this program.
    """

    def __init__(
        self, path: Path, *, agents: StoredAgents | None = None, damaged: bool = False
    ) -> None:
        self.path = path
        self._damaged = damaged
        self._agents = StoredAgents(path) if agents is None else agents
        self._is_open = self._is_resting = False
        with self._plain_errors():
            self._open()

    def _open(self) -> None:
        _refuse_no_file(self.path)
        self._connection = connect(self.path, "ro", damaged=self._damaged)
        self._bodies = Bodies(self._connection, self.path)
        self._responses = HeldResponses()
        try:
            schema.check_format(self._connection, self.path)
            self._connection.execute("SELECT 1 FROM exchange LIMIT 1").fetchone()
        except BaseException:
            self._connection.close()
            raise
        self._agents.__enter__()
        self._is_open, self._is_resting = True, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._shut()
        self._is_resting = False

    def rest(self) -> None:
        """Close the file until it is read the next time.

        A writer that ends while no one has it open leaves no side files behind.
        """
        self._shut()
        self._is_resting = True

    def _shut(self) -> None:
        if self._is_open:
            self._is_open = False
            self._connection.close()
            self._agents.__exit__()

    def __len__(self) -> int:
        """The number of exchanges."""
        with self._reading():
            count: int = self._connection.execute("SELECT count(*) FROM exchange").fetchone()[0]
            return count

    @property
    def latest(self) -> int:
        """The number of the last exchange; 0 if there is none."""
        with self._reading():
            (number,) = self._connection.execute("SELECT max(id) FROM exchange").fetchone()
            return number or 0

    def calls(self, *, after: int = 0, endpoint: Endpoint | None = None) -> Iterator[Call]:
        """Yield the calls after a number, in order, without headers and bodies.

        Args:
            after: the number.
            endpoint: only its calls; None for all.
        """
        wanted: tuple[int | str, ...] = (after,) if endpoint is None else (after, endpoint.value)
        of_endpoint = "" if endpoint is None else "AND e.endpoint = ? "
        query = f"{rows.SELECT_CALLS} WHERE e.id > ? {of_endpoint}ORDER BY e.id"
        with self._reading():
            for row in self._connection.execute(query, wanted):
                yield rows.to_call(row)

    def call(self, number: int) -> Call:
        """Return one line of the listing.

        Raises:
            UsageError: there is no exchange of that number.
        """
        with self._reading():
            return rows.to_call(self._row(f"{rows.SELECT_CALLS} WHERE e.id = ?", number))

    def exchange(self, number: int) -> Exchange:
        """Return one exchange, whole.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or one of its bodies is damaged.
        """
        with self._reading():
            columns = self._columns(number)
            request_body = self._bodies.get(columns["request_hash"])
            return rows.to_exchange(number, columns, request_body, self._answer(columns))

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
                found = rows.to_exchange(number, columns, b"", body).response
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

        The sizes of their bodies are not read: they count as 0.

        Args:
            ignored: fields that keys leave out; none are stored where these are not the usual.
        """
        are_usual = ignored == DEFAULT_IGNORED
        with self._reading():
            for version, exact, seedless, *row in self._connection.execute(rows.SELECT_KEYED):
                call = rows.to_call(row)
                are_stored = version == KEY_VERSION and type(exact) is type(seedless) is bytes
                yield call, RequestKeys(exact, seedless) if are_usual and are_stored else None

    def made_keys(self, call: Call, ignored: frozenset[str] = DEFAULT_IGNORED) -> RequestKeys:
        """Return the keys of a call, made of its body.

        Raises:
            InputError: that is damaged.
        """
        return request_keys(call.method, call.target, self.body(call.request_hash), ignored)

    def observations(self, *, after: int = 0) -> Iterator[Observation]:
        """Yield what lineage needs of each exchange with agents after a number.

        Missing and outdated observations are made from the bodies.
        """
        return self._observations("e.id > ?", after)

    def beginnings_and_failures(self) -> Iterator[Observation]:
        """Yield of these only every ``initialize``, and every exchange that did not succeed."""
        failed = "e.failure IS NOT NULL OR e.status IS NULL OR e.status NOT BETWEEN 200 AND 299"
        return self._observations(f"e.endpoint = ? OR {failed}", Endpoint.INITIALIZE.value)

    def _observations(self, condition: str, value: int | str) -> Iterator[Observation]:
        query = f"{rows.SELECT_OBSERVATIONS} WHERE {condition} ORDER BY e.id"
        unpacker = Unpacker(self._stored_observation)
        with self._reading():
            for version, data, *row in self._connection.execute(query, (value,)):
                call = rows.to_call(row)
                if call.endpoint.is_stepping:
                    yield self._observation(call, version, data, unpacker)

    @property
    def is_observed(self) -> bool:
        """Whether what was observed of the first and of the last calls is stored."""
        query = "SELECT version FROM observation ORDER BY exchange {} LIMIT 1"
        with self._reading():
            found = [
                self._connection.execute(query.format(order)).fetchone()
                for order in ("ASC", "DESC")
            ]
        return found == [(OBSERVATION_VERSION,)] * 2

    def observation(self, number: int) -> Observation | None:
        """Return what lineage needs of one exchange; None if it has no agents.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or a body is damaged.
        """
        with self._reading():
            version, data, *row = self._row(f"{rows.SELECT_OBSERVATIONS} WHERE e.id = ?", number)
            call = rows.to_call(row)
            if not call.endpoint.is_stepping:
                return None
            return self._observation(call, version, data, Unpacker(self._stored_observation))

    def stored_observations(
        self, after: int, until: int
    ) -> Iterator[tuple[Call, Observation | None]]:
        """Yield the calls after a number, up to another; those with agents with their observation.

        Raises:
            LookupError: an observation is not stored, is outdated or damaged.
        """
        query = f"{rows.SELECT_OBSERVATIONS} WHERE e.id > ? AND e.id <= ? ORDER BY e.id"
        unpacker = Unpacker(self._stored_observation)
        with self._reading():
            for version, data, *row in self._connection.execute(query, (after, until)):
                call = rows.to_call(row)
                found = None
                if call.endpoint.is_stepping:
                    found = self._if_stored(call, version, data, unpacker)
                    if found is None:
                        raise LookupError(f"what was observed of call {call.id} is not stored")
                yield call, found

    def plain_answer(self, number: int) -> Agents | None:
        """Return the agents of an answer if they tell all of it; see :class:`Observation`.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or a body is damaged.
        """
        query = "SELECT version, data FROM observation WHERE exchange = ?"
        with self._reading():
            version, data = self._connection.execute(query, (number,)).fetchone() or (0, b"")
        if version == OBSERVATION_VERSION:
            with contextlib.suppress(ValueError, TypeError):  # a damaged cache is no cache
                return plain_answer(data)
        observation = self.observation(number)
        return observation.received if observation and observation.is_plain else None

    def described_agents(self, number: int) -> Sequence[Any]:
        """Return what describes each agent of a call's answer; nothing where a body is damaged."""
        try:
            found = self.exchange(number)
        except InputError:
            return ()
        answer = found.response.body if found.response else b""
        return described_agents(found.request.endpoint, found.request.body, answer)

    def lineage(self, calls: Sequence[Call] | None = None) -> Lineage:
        """Return the simulations of the recording. Holds no agents' states, and no bodies.

        Args:
            calls: all calls, if they have been read.

        Raises:
            InputError: a body is damaged.
        """
        return self.stored_lineage(calls) or build(self.observations())

    def stored_lineage(self, calls: Sequence[Call] | None = None) -> Lineage | None:
        """Return the simulations as they are stored; None unless they are of all calls.

        Args:
            calls: all calls, if they have been read.
        """
        data = self._derived(LINEAGE, LINEAGE_VERSION)
        if data is None:
            return None
        try:
            return load(data, list(self.calls()) if calls is None else calls, self._agents.fetch)
        except (ValueError, TypeError, LookupError):  # a damaged cache is no cache
            return None

    def _derived(self, name: str, version: int) -> bytes | None:
        """Return what was worked out from all calls that there are, by rules of a version."""
        query = (
            "SELECT data FROM derived WHERE name = ? AND version = ? "
            "AND calls = (SELECT count(*) FROM exchange)"
        )
        with self._reading():
            if not self._has_derived():
                return None
            row = self._connection.execute(query, (name, version)).fetchone()
        return row[0] if row and isinstance(row[0], bytes) else None

    def _has_derived(self) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE name = 'derived'"
        return self._connection.execute(query).fetchone() is not None

    def meta(self, key: str) -> Any:
        """Return a fact of the ``meta`` table, or None."""
        query = "SELECT value FROM meta WHERE key = ?"
        with self._reading():
            row = self._connection.execute(query, (key,)).fetchone()
        return row[0] if row else None

    def numbers(self, *, descending: bool = False) -> Iterator[int]:
        """Yield the number of every exchange."""
        order = "DESC" if descending else "ASC"
        with self._reading():
            for row in self._connection.execute(f"SELECT id FROM exchange ORDER BY id {order}"):
                yield row[0]

    def integrity(self) -> list[str]:
        """Return what SQLite's own check finds wrong with the file, at most 20 lines."""
        with self._reading():
            lines = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [line for line in lines if line != "ok"]

    def _observation(self, call: Call, version: Any, data: Any, unpacker: Unpacker) -> Observation:
        if found := self._if_stored(call, version, data, unpacker):
            return found
        return unpacker.remembered(observed(call, self._bodies))

    def _if_stored(
        self, call: Call, version: Any, data: Any, unpacker: Unpacker
    ) -> Observation | None:
        if version == OBSERVATION_VERSION:
            with contextlib.suppress(ValueError, TypeError):  # a damaged cache is no cache
                return self._agents.left_there(unpacker.unpack(call, data))
        return None

    def _stored_observation(self, name: AnswerName) -> bytes:
        query = (
            "SELECT e.response_hash, o.version, o.data "
            "FROM observation o JOIN exchange e ON e.id = o.exchange WHERE e.id = ?"
        )
        row = self._connection.execute(query, (name.number,)).fetchone()
        digest, version, data = row or (b"", None, b"")
        if version != OBSERVATION_VERSION or digest[: len(name.digest)] != name.digest:
            raise ValueError(f"no such observation of call {name.number}")
        return bytes(data)

    def _columns(self, number: int) -> dict[str, Any]:
        return rows.checked(rows.COLUMNS, self._row(rows.SELECT_EXCHANGE, number))

    def _answer(self, columns: dict[str, Any]) -> bytes:
        digest = columns["response_hash"]
        return self._bodies.get(digest) if digest else b""

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
        with self._plain_errors():
            if self._is_resting:
                self._open()
            yield

    def _plain_errors(self) -> contextlib.AbstractContextManager[None]:
        return plain_errors(self.path, name_verify=not self._damaged)


def _refuse_no_file(path: Path) -> None:
    if not path.exists():
        raise InputError(f"there is no recording {path}")
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a recording")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty, not a recording")
