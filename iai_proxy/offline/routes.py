"""Whom a request is for: how it came, and what its target says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from iai_proxy.api import header
from iai_proxy.session.request_fields import UnreadableError
from iai_proxy.session.request_heads import Head
from iai_proxy.session.request_targets import read_authority, read_target, read_tunnel

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
    url = read_target(target)
    if url:
        if way.kind == "forward":
            return Destination(url.scheme, url.host, url.port, url.path)
        target = url.path
    if way.kind == "forward":
        host, port = read_authority(header(head.headers, "host") or "", _PORTS[way.scheme])
        return Destination(way.scheme, host, port, target)
    return Destination(way.scheme, way.host, way.port, target)


def authority_in(head: Head) -> str:
    """Return the host, and perhaps the port, in a target that is a URL; empty if it is none."""
    url = read_target(head.target) if head.method != "CONNECT" else None
    return url.authority if url else ""


def _tunnel_end(head: Head, way: Way) -> Destination:
    if way.kind != "forward":
        raise UnreadableError("CONNECT is for a forward proxy, and this is none")
    host, port = read_tunnel(head.target)
    return Destination("https", host, port, "")


def _as_text(target: str) -> str:
    """Return a target as recordings have it: UTF-8, as :func:`read_head` has seen to."""
    return target.encode("latin-1").decode()
