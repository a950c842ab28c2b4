"""The values themselves. Times are integer nanoseconds since the Unix epoch, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iai_proxy.api.endpoint import Endpoint
from iai_proxy.api.headers import Headers

NS_PER_MS: Final = 1_000_000
#: The failure of a call that has no answer in its debug log, which does not say why.
NOT_LOGGED: Final = "no response in the log"
#: The connection of calls from a debug log. Their times are of clocks that may have been set.
FROM_LOG: Final = "debug-log"
#: What connections begin with over which ``record --maps`` asked for maps.
FOR_MAPS: Final = "maps-"

#: Statuses on which the SDK repeats a call forever (``docs/wire.md``); on others it gives up.
RETRIED_STATUSES: Final = frozenset({403, 408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asked for.

    Attributes:
        target: path with query, as the client sent it.
        body: decoded of ``encoding``; as it travelled if it could not be decoded.
        encoding: the ``Content-Encoding`` it travelled in, empty for none; ``!gzip`` marks one that
            could not be decoded.
        started_ns: when the first byte of the header had come; ``ended_ns`` the last of the body.
    """

    method: str
    scheme: str
    host: str
    port: int
    target: str
    http_version: str
    headers: Headers
    body: bytes
    encoding: str
    started_ns: int
    ended_ns: int

    @property
    def endpoint(self) -> Endpoint:
        """The API endpoint this request is for."""
        return Endpoint.of(self.method, self.target)

    @property
    def url(self) -> str:
        """The absolute URL, without a port that the scheme implies."""
        implied = {"http": 80, "https": 443}.get(self.scheme) == self.port
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if implied else f':{self.port}'}{self.target}"


@dataclass(frozen=True, slots=True)
class Response:
    """What the API answered; ``body`` and ``encoding`` as in :class:`Request`."""

    status: int
    reason: str
    http_version: str
    headers: Headers
    body: bytes
    encoding: str
    started_ns: int
    ended_ns: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, its failure, or (if the response was cut short) both.

    Attributes:
        connection: identifies the client connection it came over; equal for two exchanges of one
            connection.
        client: address of the client, ``host:port``.
        response: None if no answer came.
        failure: why there is no complete answer, or None.
        ended_ns: when the answer was complete or the failure was noticed.
        id: number in the recording, from 1; 0 for one that is not stored.
        large: names the large call that this is a part of, or that this is; None for neither.
    """

    connection: str
    client: str
    request: Request
    response: Response | None
    failure: str | None
    ended_ns: int
    id: int = 0
    large: str | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The API endpoint of the request."""
        return self.request.endpoint

    @property
    def status(self) -> int | None:
        """HTTP status of the answer, or None where there was none."""
        return self.response.status if self.response else None


@dataclass(frozen=True, slots=True)
class Call:
    """One line of a listing: an exchange without its headers and bodies.

    Attributes:
        request_hash: SHA-256 of the request's body; ``response_hash`` of the answer's, None without
            one.
        request_bytes: size of the decoded body in bytes; ``response_bytes`` likewise.
        sdk_version: the client's ``x-client-version`` header, or None.
        large: as in :class:`Exchange`.
    """

    id: int
    connection: str
    endpoint: Endpoint
    method: str
    target: str
    status: int | None
    failure: str | None
    started_ns: int
    request_ended_ns: int
    response_started_ns: int | None
    ended_ns: int
    request_hash: bytes
    response_hash: bytes | None
    request_bytes: int
    response_bytes: int
    sdk_version: str | None
    large: str | None = None

    @property
    def duration_ms(self) -> float:
        """From the first byte of the request to the last of the answer, in milliseconds."""
        return (self.ended_ns - self.started_ns) / NS_PER_MS

    @property
    def succeeded(self) -> bool:
        """Whether a complete answer with a 2xx status came."""
        return self.failure is None and self.status is not None and 200 <= self.status < 300

    @property
    def is_repeated_by_sdk(self) -> bool:
        """Whether the SDK makes the same call again by itself, unseen by the program."""
        return self.failure is not None or self.status in RETRIED_STATUSES

    @property
    def is_large_call(self) -> bool:
        """Whether it was made to the proxy itself, and its parts are exchanges of their own."""
        return self.large is not None and self.endpoint.is_large

    def as_json(
        self, simulation: int | None = None, step: int | None = None, parent: int | None = None
    ) -> dict[str, int | float | str | None]:
        """Return the call as the ``--json`` listings show it; the field names are a contract.

        Args:
            simulation: number of the simulation it belongs to, if it is known to belong to one.
            step: the step of that simulation.
            parent: number of the large call that it is a part of, if any.
        """
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "method": self.method,
            "path": self.target,
            "status": self.status,
            "started_ns": self.started_ns,
            "duration_ms": self.duration_ms,
            "request_bytes": self.request_bytes,
            "response_bytes": self.response_bytes,
            "simulation": simulation,
            "step": step,
            "parent": parent,
            "failure": self.failure,
            "connection": self.connection,
        }
