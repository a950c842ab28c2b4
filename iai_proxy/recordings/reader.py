"""Reading a recording, also while it is being written. Never changes the file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from iai_proxy.api import Call, Endpoint
from iai_proxy.errors import InputError
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
from iai_proxy.recordings import rows
from iai_proxy.recordings.checksums import is_whole
from iai_proxy.recordings.connecting import DamagedRowError
from iai_proxy.recordings.labels import WHERE_LABELS, labels_of
from iai_proxy.recordings.observed import (
    OBSERVED,
    observed,
    stored_observation,
    usable_observation,
)
from iai_proxy.recordings.recorded_calls import RecordedCalls

#: The name of the lineage among what is derived.
LINEAGE: Final = "lineage"
#: The fact which calls steps begin with that were cut off from those before them.
CUT_OFF: Final = "cut-off"
_ROWS_AT_A_TIME: Final = 50


class Recording(RecordedCalls):
    """An open recording. Bodies are read one at a time: memory does not grow with the file.

    See :class:`~iai_proxy.recordings.opened.OpenRecording` for what it takes and raises.
    """

    def observations(self, *, after: int = 0) -> Iterator[Observation]:
        """Yield what lineage needs of each exchange with agents after a number.

        Missing and outdated observations are made from the bodies.
        """
        return self._observations(after)

    def beginnings_and_failures(self) -> Iterator[Observation]:
        """Yield of these only every ``initialize``, and every exchange that did not succeed."""
        return self._observations(
            wanted=lambda call: call.endpoint is Endpoint.INITIALIZE or not call.succeeded
        )

    def _observations(
        self, after: int = 0, wanted: Callable[[Call], bool] = lambda _: True
    ) -> Iterator[Observation]:
        unpacker = Unpacker(self._stored_observation)
        with self._reading():
            query = f"{self._queries.observed} WHERE id > ? ORDER BY id"
            for row in self._connection.execute(query, (after,)):
                call = rows.to_call(row[OBSERVED:])
                if call.endpoint.is_stepping and wanted(call):
                    yield self._observation(call, row[:OBSERVED], unpacker)

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
            row = self._row(f"{self._queries.observed} WHERE id = ?", number)
            call = rows.to_call(row[OBSERVED:])
            if not call.endpoint.is_stepping:
                return None
            return self._observation(call, row[:OBSERVED], Unpacker(self._stored_observation))

    def stored_observations(
        self, after: int, until: int
    ) -> Iterator[tuple[Call, Observation | None]]:
        """Yield the calls after a number, up to another; those with agents with their observation.

        Raises:
            LookupError: an observation is not stored, is outdated or damaged.
        """
        unpacker = Unpacker(self._stored_observation)
        with self._reading():
            query = f"{self._queries.observed} WHERE id > ? AND id <= ? ORDER BY id"
            for row in self._in_short(query, after, until):
                call = rows.to_call(row[OBSERVED:])
                found = None
                if call.endpoint.is_stepping:
                    found = self._if_stored(call, row[:OBSERVED], unpacker)
                    if found is None:
                        raise LookupError(f"what was observed of call {call.id} is not stored")
                yield call, found

    def _in_short(self, query: str, after: int, until: int) -> Iterator[Sequence[Any]]:
        """Yield rows between two numbers, a few at a time.

        The file's log can't begin anew while rows are being read.
        """
        for begin in range(after, until, _ROWS_AT_A_TIME):
            end = min(until, begin + _ROWS_AT_A_TIME)
            yield from self._connection.execute(query, (begin, end)).fetchall()

    def plain_answer(self, number: int) -> Agents | None:
        """Return the agents of an answer if they tell all of it; see :class:`Observation`.

        Raises:
            UsageError: there is no exchange of that number.
            InputError: its row or a body is damaged.
        """
        with self._reading():
            data = stored_observation(self._connection, self._queries, number)
        if data is not None:
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
        with self._reading():
            if not self._has_derived:
                return None
            query = f"{self._queries.tables['derived']} WHERE name = ?"
            row = self._connection.execute(query, (name,)).fetchone()
            if row is None or row[1:3] != (version, len(self)):
                return None
        *values, stored = row
        return values[-1] if is_whole("derived", values, stored) else None

    @property
    def _has_derived(self) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE name = 'derived'"
        return self._connection.execute(query).fetchone() is not None

    def meta(self, key: str) -> Any:
        """Return a fact of the ``meta`` table, or None.

        Raises:
            InputError: it is damaged.
        """
        with self._reading():
            query = f"{self._queries.tables['meta']} WHERE key = ?"
            row = self._connection.execute(query, (key,)).fetchone()
            if row is None:
                return None
            *values, stored = row
            if not is_whole("meta", values, stored):
                raise DamagedRowError(f"the fact {key} is not what was recorded")
            return values[-1]

    def labels(self) -> dict[str, str]:
        """Return what people have said of the recording, by key, in the order of the keys.

        Raises:
            InputError: one is damaged.
        """
        with self._reading():
            query = f"{self._queries.tables['meta']} {WHERE_LABELS}"
            return labels_of(self._connection.execute(query))

    def cut_off(self) -> frozenset[int]:
        """Return the numbers of the calls that steps begin with which were cut off from others.

        Raises:
            InputError: that is damaged.
        """
        told = self.meta(CUT_OFF)
        try:
            return frozenset(map(int, orjson.loads(told))) if told else frozenset()
        except (TypeError, ValueError) as error:
            raise InputError(f"{self.path} is damaged: where it was cut can't be read") from error

    def unsearched_keys(self) -> frozenset[str]:
        """Return the marks of the keys that not all calls were searched for.

        Raises:
            InputError: it can't be read.
        """
        from iai_proxy.recordings.sweeping import unsearched_keys  # which few need

        with self._reading():
            return unsearched_keys(self._connection)

    def other_rows(self, table: str) -> Iterator[tuple[Any, bool]]:
        """Yield the key of each row of a table besides the calls', and whether it is whole."""
        if table == "derived" and not self._has_derived:
            return
        with self._reading():
            for *values, stored in self._connection.execute(self._queries.tables[table]):
                yield values[0], is_whole(table, values, stored)

    def values(self, table: str) -> Iterator[tuple[Any, bytes]]:
        """Yield the key of each row of such a table, and its texts and bytes, whole or not."""
        if table == "derived" and not self._has_derived:
            return
        with self._reading():
            for row in self._connection.execute(self._queries.tables[table]):
                texts = [value.encode() if isinstance(value, str) else value for value in row]
                yield row[0], b"\n".join(each for each in texts if isinstance(each, bytes))

    def body_hashes(self) -> Iterator[bytes]:
        """Yield the hash of every body, as its row says."""
        with self._reading():
            for (digest,) in self._connection.execute("SELECT +hash FROM body NOT INDEXED"):
                yield digest

    def numbers(self, *, descending: bool = False) -> Iterator[int]:
        """Yield the number of every exchange."""
        order = "DESC" if descending else "ASC"
        with self._reading():
            for row in self._connection.execute(f"SELECT id FROM exchange ORDER BY id {order}"):
                yield row[0]

    def servers(self) -> frozenset[tuple[str, int]]:
        """Return the host and the port that each call was for."""
        with self._reading():
            found = self._connection.execute("SELECT DISTINCT host, port FROM exchange").fetchall()
        return frozenset((str(host), port) for host, port in found if isinstance(port, int))

    def integrity(self) -> list[str]:
        """Return what SQLite's own check finds wrong with the file, at most 20 lines."""
        with self._reading():
            lines = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [line for line in lines if line != "ok"]

    def _observation(self, call: Call, row: Sequence[Any], unpacker: Unpacker) -> Observation:
        if found := self._if_stored(call, row, unpacker):
            return found
        return unpacker.remembered(observed(call, self._bodies))

    def _if_stored(self, call: Call, row: Sequence[Any], unpacker: Unpacker) -> Observation | None:
        data = usable_observation(row)
        if data is not None:
            with contextlib.suppress(ValueError, TypeError):  # a damaged cache is no cache
                return self._agents.left_there(unpacker.unpack(call, data))
        return None

    def _stored_observation(self, name: AnswerName) -> bytes:
        query = "SELECT response_hash FROM exchange WHERE id = ?"
        (digest,) = self._connection.execute(query, (name.number,)).fetchone() or (None,)
        data = stored_observation(self._connection, self._queries, name.number)
        if data is None or (digest or b"")[: len(name.digest)] != name.digest:
            raise ValueError(f"no such observation of call {name.number}")
        return data
