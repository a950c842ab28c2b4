"""Turns mitmproxy's flows into exchanges."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from mitmproxy import http
from mitmproxy.proxy import mode_specs

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.api.headers import is_field_name
from iai_proxy.api.hosts import is_real_api
from iai_proxy.session.doors import Doors

_NS: Final = 1_000_000_000

#: Key in a flow's metadata of its :class:`PartOf`.
PART_OF: Final = "iai-proxy-part-of"
#: Key in a flow's metadata: its client names a server that stands in for the API.
_FOR_API: Final = "iai-proxy-for-api"


class PartOf(NamedTuple):
    """The large call that a flow is a part of, or is.

    Attributes:
        token: names the large call in the recording; None if it is not recorded.
        connection: the connection that the large call came over, which counts for its parts too.
        client: the address at the other end of that.
    """

    token: str | None
    connection: str
    client: str


def to_exchange(flow: http.HTTPFlow, request: Request) -> Exchange:
    """Return the exchange of a flow, its bodies still encoded as they travelled.

    Args:
        flow: with a response, an error, or both.
        request: the request as the client sent it, taken by :func:`to_request` before it was
            rerouted.
    """
    response = flow.response
    ended_ns = request.ended_ns
    recorded = None
    if response is not None:
        started_ns = _ns(response.timestamp_start)
        ended_ns = _ns(response.timestamp_end) or started_ns
        recorded = Response(
            response.status_code,
            response.reason,
            response.http_version,
            headers_of(response),
            response.raw_content or b"",
            _field(response.headers, "content-encoding"),
            started_ns,
            ended_ns,
        )
    if flow.error is not None:
        ended_ns = max(ended_ns, _ns(flow.error.timestamp))
    part_of: PartOf = flow.metadata.get(PART_OF) or PartOf(
        None, flow.client_conn.id, address(flow.client_conn.peername)
    )
    return Exchange(
        connection=part_of.connection,
        client=part_of.client,
        request=request,
        response=recorded,
        failure=flow.error.msg if flow.error else None,
        ended_ns=ended_ns,
        large=part_of.token,
    )


def meant_hosts(flow: http.HTTPFlow) -> list[str]:
    """Return the names that the client may mean by the host of a flow.

    In transparent modes, and if a client resolves names itself, the request's host is a bare
    address: there the TLS server name says what is meant or, without TLS, the Host header. A
    forward proxy is told the host itself, so there the Host header is ignored.
    """
    names = [flow.request.host]
    if flow.client_conn.sni:
        names.append(flow.client_conn.sni)
    if not isinstance(
        flow.client_conn.proxy_mode, mode_specs.RegularMode | mode_specs.UpstreamMode
    ):
        names.append(flow.request.pretty_host)
    return names


def is_for_api(flow: http.HTTPFlow) -> bool:
    """Whether a request is meant for the API; what comes to a reverse listener always is."""
    is_reverse = isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode)
    return is_reverse or _FOR_API in flow.metadata or any(map(is_real_api, meant_hosts(flow)))


def note_for_api(flow: http.HTTPFlow, doors: Doors) -> None:
    """Note a request for a server that the user has named as standing in for the API."""
    if any(doors.is_api(host, flow.request.port) for host in meant_hosts(flow)):
        flow.metadata[_FOR_API] = True


def api_host(flow: http.HTTPFlow) -> str:
    """Return the host that the client means, also where mitmproxy only knows its address."""
    return next((host for host in meant_hosts(flow) if is_real_api(host)), flow.request.host)


def to_request(flow: http.HTTPFlow) -> Request:
    """Return the request of a flow, its body still encoded as it travelled."""
    request = flow.request
    return Request(
        method=request.data.method.decode("latin-1"),  # the property has it in capitals
        scheme=request.scheme,
        host=api_host(flow),
        port=request.port,
        target=request.path,
        http_version=request.http_version,
        headers=headers_of(request),
        body=request.raw_content or b"",
        encoding=_field(request.headers, "content-encoding"),
        started_ns=_ns(request.timestamp_start),
        ended_ns=_ns(request.timestamp_end) or _ns(request.timestamp_start),
    )


def without_bodies(exchange: Exchange, failure: str) -> Exchange:
    """Return an exchange that failed because a body is too large: it has neither."""
    response = exchange.response
    return replace(
        exchange,
        request=replace(exchange.request, body=b"", encoding=""),
        response=replace(response, body=b"", encoding="") if response else None,
        failure=failure,
    )


def headers_of(message: http.Request | http.Response) -> Headers:
    """Return the headers and, after them, the trailers: few clients tell the two apart.

    What has a name that no header can have is no header, and is not passed on either.
    """
    trailers = message.trailers.fields if message.trailers else ()
    fields = (*message.headers.fields, *trailers)
    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
    return tuple(pair for pair in pairs if is_field_name(pair[0]))


def _field(headers: http.Headers, name: str) -> str:
    value: str = headers.get(name, "")
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def address(peer: tuple[str, int] | tuple[str, int, int, int] | None) -> str:
    """Return an address as ``host:port``."""
    return f"{peer[0]}:{peer[1]}" if peer else ""


def _ns(seconds: float | None) -> int:
    return int((seconds or 0) * _NS)
