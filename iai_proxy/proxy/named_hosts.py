"""The hosts that a request names, as its client wrote them.

mitmproxy replaces them before any addon is asked: ``Host`` by the upstream's at a reverse listener,
the host of an absolute URL by nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from mitmproxy import http

_ATTRIBUTE: Final = "iai_proxy_named"


class Named(NamedTuple):
    """What a request names.

    Attributes:
        authority: ``HOST:PORT`` of an absolute URL or of CONNECT, or ``:authority`` of HTTP/2.
        hosts: its ``Host`` fields.
    """

    authority: str
    hosts: tuple[str, ...]


def note_named(request: http.Request) -> None:
    """Keep what a request names, beside it."""
    vars(request)[_ATTRIBUTE] = _named(request)


def named_by(request: http.Request) -> Named:
    """Return what a request has named; what it names now if that was not kept."""
    kept: Named | None = vars(request).get(_ATTRIBUTE)
    return kept or _named(request)


def _named(request: http.Request) -> Named:
    return Named(request.authority, tuple(request.headers.get_all("host")))
