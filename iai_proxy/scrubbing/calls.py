"""Exchanges, disguised from their first byte to their times."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from iai_proxy.api import FOR_MAPS, FROM_LOG, NOT_LOGGED, Exchange, Request, Response
from iai_proxy.api.content_coding import UNDECODED
from iai_proxy.api.hosts import REAL_API, is_real_api
from iai_proxy.scrubbing.bodies import scrubbed_body, scrubbed_failure
from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.headers import scrubbed_headers
from iai_proxy.scrubbing.kinds import ADDRESSES, TIMES
from iai_proxy.scrubbing.targets import scrubbed_target

#: When the first call of a scrubbed recording is made: 2000-01-01 00:00 UTC.
EPOCH_NS: Final = 946_684_800_000_000_000

#: In the year 2262: the greatest integer of SQLite.
_LATEST_NS: Final = 2**63 - 1
_REAL_HOST: Final = REAL_API.rpartition("/")[2]
_ELSEWHERE: Final = "localhost"
_PORTS: Final = {"http": 80, "https": 443}
_OF_LOG: Final = "log:"
_METHOD: Final = re.compile(r"[A-Z]{1,10}")
_VERSION: Final = re.compile(r"HTTP/\d(\.\d)?")
_ENCODING: Final = re.compile(r"[a-z, ]{0,40}")


class Scrubber:
    """Disguises the exchanges of one recording.

    Args:
        disguise: what values become.
        first_ns: when its first call was made, nanoseconds since the epoch.
    """

    def __init__(self, disguise: Disguise, first_ns: int) -> None:
        self._disguise = disguise
        self._later_ns = 0 if disguise.keeps(TIMES) else EPOCH_NS - first_ns

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without what a stranger need not see."""
        disguise = self._disguise
        large = exchange.large and disguise.large_calls(exchange.large)
        return Exchange(
            connection=self._connection(exchange.connection),
            client=self._client(exchange.client),
            request=self._request(exchange.request),
            response=exchange.response and self._response(exchange.response),
            failure=exchange.failure and self._failure(exchange.failure),
            ended_ns=self._moved(exchange.ended_ns),
            large=large,
        )

    def _request(self, request: Request) -> Request:
        host, port = self._host(request)
        body, encoding = _readable(request)
        return Request(
            method=request.method if _METHOD.fullmatch(request.method) else "OTHER",
            scheme=request.scheme if request.scheme in _PORTS else "https",
            host=host,
            port=port,
            target=scrubbed_target(self._disguise, request.method, request.target),
            http_version=_version(request.http_version),
            headers=scrubbed_headers(self._disguise, request.headers),
            body=scrubbed_body(self._disguise, body),
            encoding=encoding,
            started_ns=self._moved(request.started_ns),
            ended_ns=self._moved(request.ended_ns),
        )

    def _response(self, response: Response) -> Response:
        body, encoding = _readable(response)
        scrubbed = scrubbed_body if 200 <= response.status < 300 else scrubbed_failure
        return Response(
            status=response.status,
            reason=_phrase(response.status),
            http_version=_version(response.http_version),
            headers=scrubbed_headers(self._disguise, response.headers),
            body=scrubbed(self._disguise, body),
            encoding=encoding,
            started_ns=self._moved(response.started_ns),
            ended_ns=self._moved(response.ended_ns),
        )

    def _moved(self, time_ns: int) -> int:
        """Return the time that a time becomes; one that no recording can hold, the nearest."""
        return min(max(time_ns + self._later_ns, -_LATEST_NS - 1), _LATEST_NS)

    def _host(self, request: Request) -> tuple[str, int]:
        if self._disguise.keeps(ADDRESSES):
            return request.host, request.port
        host = _REAL_HOST if is_real_api(request.host) else _ELSEWHERE
        return host, _PORTS.get(request.scheme, 443)

    def _connection(self, connection: str) -> str:
        """Rename a connection; what it begins with says who made its calls."""
        if self._disguise.keeps(ADDRESSES):
            return connection
        if connection == FROM_LOG:
            return connection
        if connection.startswith(_OF_LOG):
            return self._disguise.logs(connection, _OF_LOG)
        begin = FOR_MAPS if connection.startswith(FOR_MAPS) else ""
        return self._disguise.connections(connection, begin)

    def _client(self, client: str) -> str:
        if client == FROM_LOG or self._disguise.keeps(ADDRESSES):
            return client
        return self._disguise.clients(client)

    def _failure(self, failure: str) -> str:
        return failure if failure == NOT_LOGGED else self._disguise.error(failure)


def _readable(message: Request | Response) -> tuple[bytes, str]:
    """Return a body and its coding; nothing of a body that could not be decoded."""
    if message.encoding.startswith(UNDECODED):
        return b"", ""
    return message.body, message.encoding if _ENCODING.fullmatch(message.encoding) else ""


def _version(version: str) -> str:
    return version if _VERSION.fullmatch(version) else "HTTP/1.1"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
