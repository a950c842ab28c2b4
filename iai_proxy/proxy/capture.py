"""mitmproxy's flows to exchanges."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from mitmproxy import http
from mitmproxy.net import encoding
from mitmproxy.proxy import mode_specs

from iai_proxy.api import Exchange, Headers, Request, Response, header
from iai_proxy.api.hosts import is_api_host

_NS: Final = 1_000_000_000

#: Old names of content codings (RFC 9110, section 8.4.1).
_ALIASES: Final = {"x-gzip": "gzip", "x-deflate": "deflate"}

#: Marks the ``encoding`` of a body that could not be decoded and is kept as it travelled.
UNDECODED: Final = "!"

#: In a flow's metadata: the :class:`PartOf` that says which large call it belongs to.
PART_OF: Final = "iai-proxy-part-of"


class PartOf(NamedTuple):
    """The large call that a flow is a part of, or is.

    Attributes:
        token: names it in the recording; None where it is not to be named.
        connection: the connection that it came over; its parts count as come over the same.
        client: the address at the other end.
    """

    token: str | None
    connection: str
    client: str


def to_exchange(flow: http.HTTPFlow, asked: Request) -> Exchange:
    """Return what became of a request, bodies still encoded as they travelled: see :func:`decoded`.

    Args:
        flow: with a response, an error, or both.
        asked: the request as the client sent it, taken by :func:`to_request` before anything was
            rerouted.
    """
    response = flow.response
    ended_ns = asked.ended_ns
    answered = None
    if response is not None:
        started_ns = _ns(response.timestamp_start)
        ended_ns = _ns(response.timestamp_end) or started_ns
        answered = Response(
            response.status_code,
            response.reason,
            response.http_version,
            _headers(response.headers),
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
        request=asked,
        response=answered,
        failure=flow.error.msg if flow.error else None,
        ended_ns=ended_ns,
        large=part_of.token,
    )


def meant_hosts(flow: http.HTTPFlow) -> list[str]:
    """Return the names under which a client may have meant the host of a flow.

    In transparent modes, and where a client resolves names itself, the request's host is a bare
    address: then TLS's server name says what was meant, and without TLS the Host header. A forward
    proxy is told the host outright, so there a Host header that says otherwise counts for nothing.
    """
    names = [flow.request.host]
    if flow.client_conn.sni:
        names.append(flow.client_conn.sni)
    if not isinstance(
        flow.client_conn.proxy_mode, mode_specs.RegularMode | mode_specs.UpstreamMode
    ):
        names.append(flow.request.pretty_host)
    return names


def to_request(flow: http.HTTPFlow) -> Request:
    """Return the request of a flow, its body still encoded as it travelled.

    Its host is the one that the client meant, also where mitmproxy only knows an address.
    """
    request = flow.request
    return Request(
        method=request.method,
        scheme=request.scheme,
        host=next((host for host in meant_hosts(flow) if is_api_host(host)), request.host),
        port=request.port,
        target=request.path,
        http_version=request.http_version,
        headers=_headers(request.headers),
        body=request.raw_content or b"",
        encoding=_field(request.headers, "content-encoding"),
        started_ns=_ns(request.timestamp_start),
        ended_ns=_ns(request.timestamp_end) or _ns(request.timestamp_start),
    )


def decoded(exchange: Exchange) -> Exchange:
    """Return the exchange with its bodies decoded. Takes milliseconds for a large body: not for the event loop."""
    request = exchange.request
    body, name = decode(request.body, request.encoding)
    exchange = replace(exchange, request=replace(request, body=body, encoding=name))
    if exchange.response:
        body, name = decode(exchange.response.body, exchange.response.encoding)
        exchange = replace(exchange, response=replace(exchange.response, body=body, encoding=name))
    return exchange


def decode(body: bytes, content_encoding: str) -> tuple[bytes, str]:
    """Undo the content codings of a body, the last applied first (RFC 9110, section 8.4).

    Returns:
        The decoded body and the codings; where a coding is unknown or the body broken, the body as
        it is and the codings with :data:`UNDECODED` before them.
    """
    names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
    plain = body
    try:
        for name in reversed(names):
            decoded_body = encoding.decode(plain, _ALIASES.get(name, name))
            plain = decoded_body if isinstance(decoded_body, bytes) else plain
    except (
        ValueError,
        TypeError,
    ):  # mitmproxy asks Python for names that it does not know, such as rot13
        return body, UNDECODED + content_encoding
    return plain, content_encoding


def accepts_gzip(headers: Headers) -> bool:
    """Tell whether a client asks for gzip, by its ``Accept-Encoding`` (RFC 9110, section 12.5.3)."""
    for item in (header(headers, "accept-encoding") or "").split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        if name == "gzip":
            return not any(_is_zero(parameter) for parameter in parameters)
    return False


def _is_zero(parameter: str) -> bool:
    key, _, value = parameter.partition("=")
    try:
        return key.strip() == "q" and float(value) == 0
    except ValueError:
        return False


def _headers(headers: http.Headers) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.fields
    )


def _field(headers: http.Headers, name: str) -> str:
    value: str = headers.get(name, "")
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def address(peer: tuple[str, int] | tuple[str, int, int, int] | None) -> str:
    """Return an address as ``host:port``."""
    return f"{peer[0]}:{peer[1]}" if peer else ""


def _ns(seconds: float | None) -> int:
    return int((seconds or 0) * _NS)
