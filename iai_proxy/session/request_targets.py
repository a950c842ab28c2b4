"""Reads whom a request is for: a host and a port, or a URL."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from iai_proxy.api.headers import FRAMING
from iai_proxy.session.request_fields import UnreadableError, shown

#: A host, and perhaps a port (RFC 3986, section 3.2, without user information).
_AUTHORITY: Final = re.compile(
    r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]+)(?::([0-9]{0,5}))?"
)
_ABSOLUTE: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_PORTS: Final = {"http": 80, "https": 443}


class Url(NamedTuple):
    """A URL as the target of a request.

    Attributes:
        authority: host and port as they stand there.
        path: with the query.
    """

    scheme: str
    authority: str
    host: str
    port: int
    path: str


def check_request_line(method: str, target: str) -> None:
    """Refuse what its readers, or a recording, would take for another method or target.

    Args:
        method: of the request.
        target: as it stands there, a character a byte (Latin-1).

    Raises:
        UnreadableError: the method is one that frames messages, but for its case; ``*`` is not for
            the server as a whole (RFC 9112, section 3.2.4); or the target is no text.
    """
    if method not in FRAMING and method.upper() in FRAMING:
        raise UnreadableError(f"its method is {method}, which some take for {method.upper()}")
    if target == "*" and method != "OPTIONS":
        raise UnreadableError(f"its target is '*', which is for OPTIONS, and not for {method}")
    try:
        target.encode("latin-1").decode()
    except UnicodeDecodeError:
        raise UnreadableError(
            f"its target is no UTF-8: {shown(target)} (send other bytes percent-encoded)"
        ) from None


def read_authority(text: str, port: int) -> tuple[str, int]:
    """Read a host, and a port where there is one; ``port`` is what it is else.

    Raises:
        UnreadableError: it has another form.
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise UnreadableError(f"it names no host: {shown(text)}")
    number = int(found[2] or port)
    if number > 65535:
        raise UnreadableError(f"it names no port: {shown(text)}")
    return found[1].strip("[]"), number


def read_tunnel(target: str) -> tuple[str, int]:
    """Read the host and the port that a CONNECT names.

    Raises:
        UnreadableError: it does not name both.
    """
    host, port = read_authority(target, 0)
    if not port:
        raise UnreadableError(f"CONNECT names no port: {shown(target)}")
    return host, port


def read_target(target: str) -> Url | None:
    """Read the target of any other request; return None if it is a path, and no URL.

    Raises:
        UnreadableError: it is neither, or a URL of no use here.
    """
    if target.startswith("/") or target == "*":
        return None
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        raise UnreadableError(f"its target is {shown(target)}, neither a path nor a URL")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if scheme not in _PORTS:
        raise UnreadableError(f"its URL is neither http nor https: {shown(target)}")
    host, port = read_authority(authority, _PORTS[scheme])
    path = rest if rest.startswith("/") else f"/{rest}"
    return Url(scheme, authority, host, port, path)
