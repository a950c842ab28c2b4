"""A request that is to be answered from a recording, and the client that sent it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from iai_proxy.api import Endpoint, RequestKeys, parsed, raw_key, request_keys
from iai_proxy.lineage import Observation, observe_request
from iai_proxy.replay.field_rules import value_faults


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
    """

    endpoint: Endpoint
    method: str
    target: str
    body: bytes
    ignored: frozenset[str]
    client: Client = Client()

    @cached_property
    def bytes_key(self) -> bytes:
        """The key of the request's bytes as they are. Parses nothing."""
        return raw_key(self.method, self.target, hashlib.sha256(self.body).digest())

    @cached_property
    def keys(self) -> RequestKeys:
        """The keys of its canonical forms."""
        return request_keys(self.method, self.target, self.body, self.ignored, self.value)

    @cached_property
    def value(self) -> Any:
        """The JSON value of its body."""
        return parsed(self.body)

    @cached_property
    def observation(self) -> Observation:
        """What lineage sees of it."""
        return observe_request(self.endpoint, self.client.connection, self.body, self.value)

    @cached_property
    def faults(self) -> dict[str, str]:
        """What the API could not read in its values, by field."""
        value = self.value
        return value_faults(self.endpoint, value, self.ignored) if isinstance(value, dict) else {}

    @property
    def location(self) -> str | None:
        """The location it is about, if any."""
        return location_of(self.target) if self.method == "GET" else self.observation.location


def location_of(target: str) -> str | None:
    """Return the ``location`` in the query of a request target, if any."""
    values = parse_qs(target.partition("?")[2]).get("location")
    return values[0] if values else None
