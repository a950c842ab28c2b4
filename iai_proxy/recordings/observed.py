"""What calls sent and received, left in the file until it is asked for."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from iai_proxy.api import Call
from iai_proxy.errors import InputError
from iai_proxy.lineage import (
    OBSERVATION_VERSION,
    Agents,
    Observation,
    observe,
    received_agents,
    sent_agents,
)
from iai_proxy.lineage.fetched import Stored, names_of, without_agents
from iai_proxy.recordings import rows, schema
from iai_proxy.recordings.bodies import Bodies
from iai_proxy.recordings.checksums import is_whole
from iai_proxy.recordings.connecting import connect, plain_errors
from iai_proxy.recordings.queries import Queries, queries

#: How many values a row of observations has, with its checksum.
OBSERVED: Final = 4
#: Of how many agents the latest are held: of 100 agents those of 256 calls, 1.2 MB.
_HELD_AGENTS: Final = 25_600


def observed(call: Call, bodies: Bodies) -> Observation:
    """Return what is observed of a call's bodies, where that is not stored.

    Raises:
        InputError: one is missing or damaged.
    """
    answered = call.response_hash if call.succeeded else None
    answer = bodies.get(answered) if answered else b""
    return observe(call, bodies.get(call.request_hash), answer)


def queries_of(connection: sqlite3.Connection) -> Queries:
    """Return what reads an open file, by its format."""
    return queries(schema.version_of(connection))


def stored_observation(
    connection: sqlite3.Connection, reading: Queries, number: int
) -> bytes | None:
    """Return the bytes of what was observed of a call; None as :func:`usable_observation` does."""
    query = f"{reading.tables['observation']} WHERE exchange = ?"
    row = connection.execute(query, (number,)).fetchone()
    return usable_observation(row) if row else None


def usable_observation(row: Sequence[Any]) -> bytes | None:
    """Return the bytes of a row of observations; None where it is missing, outdated or damaged."""
    *values, stored = row
    _, version, data = values
    is_usable = version == OBSERVATION_VERSION and isinstance(data, bytes)
    return data if is_usable and is_whole("observation", values, stored) else None


class StoredAgents:
    """What the calls of a recording sent and received, fetched from the file when it is needed.

    Safe for any thread. The file stays open while anyone has entered it as a context manager; at
    other times it is opened for each call that is fetched.

    Args:
        path: the recording.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._users = 0
        self._connection: sqlite3.Connection | None = None
        self._held: OrderedDict[Stored, Agents] = OrderedDict()
        self._count = 0

    def left_there(self, observation: Observation) -> Observation:
        """Return a stored observation without its agents, which are fetched when needed."""
        sent, received = names_of(observation)
        with self._lock:
            self._hold(sent, observation.sent)
            self._hold(received, observation.received)
        return without_agents(observation, self.fetch)

    def fetch(self, stored: Stored) -> Agents:
        """Return stored agents.

        Raises:
            InputError: the file can't be read any more.
        """
        with self._lock:
            agents = self._held.get(stored)
            if agents is None:
                agents = self._read(stored)
                self._hold(stored, agents)
            else:
                self._held.move_to_end(stored)
            return agents

    def __enter__(self) -> Self:
        with self._lock:
            self._users += 1
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._users -= 1
            self._close_unused()

    def _close_unused(self) -> None:
        if self._connection is not None and not self._users:
            self._connection.close()
            self._connection = None

    def _hold(self, stored: Stored, agents: Agents) -> None:
        if stored in self._held:
            return
        self._held[stored] = agents
        self._count += len(agents)
        while self._count > _HELD_AGENTS and len(self._held) > 2:
            _, gone = self._held.popitem(last=False)
            self._count -= len(gone)

    def _read(self, stored: Stored) -> Agents:
        with plain_errors(self._path):
            if self._connection is None:
                self._connection = connect(self._path, "ro")
            try:
                agents = self._stored_agents(self._connection, stored)
                return self._observed(self._connection, stored) if agents is None else agents
            finally:
                self._close_unused()

    def _observed(self, connection: sqlite3.Connection, stored: Stored) -> Agents:
        """Return agents as the bodies tell them; the call's others are most likely wanted next."""
        query = f"{queries_of(connection).calls} WHERE id = ?"
        row = connection.execute(query, (stored.number,)).fetchone()
        if row is None:
            raise InputError(
                f"{self._path} was changed while it was read: call {stored.number} is gone"
            )
        found = observed(rows.to_call(row), Bodies(connection, self._path))
        sent, received = Stored(stored.number, are_sent=True), Stored(stored.number, are_sent=False)
        self._hold(sent, found.sent)
        self._hold(received, found.received)
        return found.sent if stored.are_sent else found.received

    def _stored_agents(self, connection: sqlite3.Connection, stored: Stored) -> Agents | None:
        """Return agents as they were observed; None where that is missing, outdated or damaged."""
        data = stored_observation(connection, queries_of(connection), stored.number)
        if data is not None:
            with suppress(TypeError, ValueError):  # a damaged cache is no cache
                return (sent_agents if stored.are_sent else received_agents)(data)
        return None
