"""A request that is to be answered from a recording."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from iai_proxy.api import Endpoint, RequestKeys, parsed, raw_key, request_keys
from iai_proxy.lineage import Observation, observe_request


@dataclass(frozen=True)
class Asker:
    """Who asks.

    Attributes:
        connection: identifies the connection.
        program: returns what identifies the program at the other end of it, which may have several
            connections; None, or a return of None, where that can't be known.
    """

    connection: str = ""
    program: Callable[[], Hashable] | None = None

    @cached_property
    def identity(self) -> Hashable:
        """Whose position in the recording it moves on: the program's, or else the connection's."""
        return (self.program and self.program()) or self.connection


@dataclass(frozen=True)
class Question:
    """A request, and who asks. What is worked out from it is worked out when it is first needed.

    Attributes:
        ignored: fields that make no difference from level ``seedless`` on.
    """

    endpoint: Endpoint
    method: str
    target: str
    body: bytes
    ignored: frozenset[str]
    asker: Asker = Asker()

    @cached_property
    def raw(self) -> bytes:
        """The key of its bytes as they are."""
        return raw_key(self.method, self.target, hashlib.sha256(self.body).digest())

    @cached_property
    def keys(self) -> RequestKeys:
        """The keys of its canonical forms."""
        return request_keys(self.method, self.target, self.body, self.ignored, self.value)

    @cached_property
    def value(self) -> Any:
        """Its body's JSON value."""
        return parsed(self.body)

    @cached_property
    def observation(self) -> Observation:
        """What lineage sees of it."""
        return observe_request(self.endpoint, self.asker.connection, self.body, self.value)

    @property
    def location(self) -> str | None:
        """The location that it is about, if any."""
        return location_of(self.target) if self.method == "GET" else self.observation.location


def location_of(target: str) -> str | None:
    """Return the ``location`` of a request target's query, if any."""
    values = parse_qs(target.partition("?")[2]).get("location")
    return values[0] if values else None
