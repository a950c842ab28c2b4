"""Whom a request is for: how it came, and what its target says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from iai_proxy.api import header
from iai_proxy.session.request_heads import Head, UnreadableError
from iai_proxy.text import printable

#: A host, and perhaps a port (RFC 3986, section 3.2, without user information).
_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]+)(?::(\d{0,5}))?")
_ABSOLUTE: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Way:
    """How requests come over a stream.

    Attributes:
        kind: ``forward``: each names its host; ``tunnel`` and ``reverse``: all are for one host.
        scheme, host, port: of that host; of a forward proxy only the scheme counts.
        admitted: the client has given the password.
    """

    kind: Literal["forward", "tunnel", "reverse"]
    scheme: str
    host: str
    port: int
    admitted: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """What a request is for; ``target`` is its path and query, and empty for CONNECT."""

    scheme: str
    host: str
    port: int
    target: str


def destination(head: Head, way: Way) -> Destination:
    """Return what a request is for.

    Raises:
        UnreadableError: it does not say, or a tunnel is asked for where there is none.
    """
    if head.method == "CONNECT":
        return _tunnel_end(head, way)
    target = _as_text(head.target)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute:
        named = _absolute(absolute)
        if way.kind == "forward":
            return named
        target = named.target
    elif not target.startswith("/") and target != "*":
        raise UnreadableError(f"its target is {_shown(target)}, neither a path nor a URL")
    if way.kind == "forward":
        host, port = _authority(header(head.headers, "host") or "", _PORTS[way.scheme])
        return Destination(way.scheme, host, port, target)
    return Destination(way.scheme, way.host, way.port, target)


def _tunnel_end(head: Head, way: Way) -> Destination:
    if way.kind != "forward":
        raise UnreadableError("CONNECT is for a forward proxy, and this is none")
    if head.has_body:
        raise UnreadableError("a CONNECT has a body")
    host, port = _authority(head.target, 0)
    if not port:
        raise UnreadableError(f"CONNECT names no port: {_shown(head.target)}")
    return Destination("https", host, port, "")


def _absolute(found: re.Match[str]) -> Destination:
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if scheme not in _PORTS:
        raise UnreadableError(f"its URL is neither http nor https: {_shown(found[0])}")
    host, port = _authority(authority, _PORTS[scheme])
    return Destination(scheme, host, port, rest if rest.startswith("/") else f"/{rest}")


def _authority(text: str, port: int) -> tuple[str, int]:
    """Read a host and a port, which may be missing."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise UnreadableError(f"it names no host: {_shown(text)}")
    number = int(found[2] or port)
    if number > 65535:
        raise UnreadableError(f"it names no port: {_shown(text)}")
    return found[1].strip("[]"), number


def _as_text(target: str) -> str:
    """Return a target as recordings have it: UTF-8, with halves of surrogates for other bytes."""
    return target.encode("latin-1").decode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    return repr(printable(text[:60]))
