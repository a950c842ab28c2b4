"""A request that is to be answered from a recording, and the client that sent it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from iai_proxy.api import (
    RECURRENT,
    Endpoint,
    LazyBody,
    RequestKeys,
    parsed,
    raw_key,
    request_keys,
)
from iai_proxy.api.marks import has_marks
from iai_proxy.api.read_body import ReadBody
from iai_proxy.api.recurrent_rows import RecurrentRows
from iai_proxy.lineage import Agents, Observation, observe_request
from iai_proxy.lineage.observe import (
    NO_ANSWER,
    Side,
    put_together,
    sent_agents,
    states_sent,
    unanswered,
)
from iai_proxy.replay.field_rules import value_faults
from iai_proxy.replay.served_rows import ServedRows


@dataclass(frozen=True)
class Client:
    """The sender of a request.

    Attributes:
        connection: identifies the connection.
        program: returns what identifies the program at the other end, which may have several
            connections. None, or a function that returns None, if that can't be known.
    """

    connection: str = ""
    program: Callable[[], Hashable] | None = None

    @cached_property
    def identity(self) -> Hashable:
        """What its progress is kept under: the program, or else the connection."""
        return (self.program and self.program()) or self.connection


@dataclass(frozen=True)
class IncomingRequest:
    """A request and its client. What is derived from it is computed when first needed.

    Attributes:
        target: path with query.
        ignored: fields that make no difference from level ``seedless`` on.
        served: knows the recurrent states that clients have been served; None to parse all.
    """

    endpoint: Endpoint
    method: str
    target: str
    body: bytes
    ignored: frozenset[str]
    client: Client = Client()
    served: ServedRows | None = None

    @cached_property
    def bytes_key(self) -> bytes:
        """The key of the request's bytes as they are. Parses nothing."""
        return raw_key(self.method, self.target, hashlib.sha256(self.body).digest())

    @cached_property
    def keys(self) -> RequestKeys:
        """The keys of its canonical forms."""
        value = None if self._read else self.value
        return request_keys(self.method, self.target, self.body, self.ignored, value, self._read)

    @cached_property
    def value(self) -> Any:
        """The JSON value of its body; an object may be a mapping that parses what is asked for."""
        if self._read is None:
            return parsed(self.body)
        cut = self._read.split
        return LazyBody({**cut.rest, RECURRENT: None}, lambda: parsed(cut.value))

    @cached_property
    def rows(self) -> RecurrentRows | None:
        """The recurrent states of its agents, if all are null or numbers that need no parsing."""
        return self._read.rows if self._read else None

    @cached_property
    def sent(self) -> Agents:
        """The agents that it gives states for."""
        if self._read is None:
            return self.observation.sent
        states = states_sent(self.endpoint, self._read.rest)
        return sent_agents(states, self._read.rows, self._read.rows.origin)

    @cached_property
    def observation(self) -> Observation:
        """What lineage sees of it."""
        connection, size = self.client.connection, len(self.body)
        if self._read is None:
            return observe_request(self.endpoint, connection, self.body, self.value)
        try:
            call = unanswered(self.endpoint, connection, size)
            return put_together(call, Side(self._read.rest, self.sent), NO_ANSWER)
        except (ValueError, RecursionError):  # nested too deeply to be written
            return observe_request(self.endpoint, connection, self.body, parsed(self.body))

    @cached_property
    def _read(self) -> ReadBody | None:
        if self.served is None or not self.endpoint.is_stepping:
            return None
        read = self.served.read(self.body)
        return None if read is None or has_marks(read.rest_text) else read

    @cached_property
    def faults(self) -> dict[str, str]:
        """What the API could not read in its values, by field."""
        value = self.value
        return (
            value_faults(self.endpoint, value, self.ignored) if isinstance(value, Mapping) else {}
        )

    @property
    def location(self) -> str | None:
        """The location it is about, if any."""
        return location_of(self.target) if self.method == "GET" else self.observation.location


def location_of(target: str) -> str | None:
    """Return the ``location`` in the query of a request target, if any."""
    values = parse_qs(target.partition("?")[2]).get("location")
    return values[0] if values else None
