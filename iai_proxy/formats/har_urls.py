"""URLs of HAR files: how a request's is written, and what can be read of one.

A URL can't say all that a request did: a host in capitals, the target ``*``, a ``#`` or bytes that
are no ASCII in a target.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

#: The port that each scheme implies.
PORTS: Final = {"http": 80, "https": 443}
#: What can't stand in a URL (RFC 3986, section 3), but for brackets, which all readers take.
_UNSAFE: Final = re.compile(rb"[^!$%&-;=?-Z\[\]_a-z~]|%(?![0-9A-Fa-f]{2})")
_AUTHORITY: Final = re.compile(r"[^:/?#]*://[^/?#]*")


class Url(NamedTuple):
    """Where a request goes.

    Attributes:
        port: 0 if neither the URL nor its scheme names one.
        target: path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def text(self) -> str:
        """The absolute URL, without a port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if PORTS.get(self.scheme) == self.port else f":{self.port}"
        # The target "*" is the server as a whole, whose URL has no path (RFC 9112, section 3.3).
        path = "" if self.target == "*" else self.target
        return f"{self.scheme}://{_escaped(host)}{port}{_escaped(path)}"


def read_url(text: str) -> Url:
    """Read a URL.

    Raises:
        ValueError: it is none; the sentence has nothing of it, as there may be a key in it.
    """
    if any(char <= " " or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("request.url holds white space, a control character or half a character")
    try:
        parts = urlsplit(text)
        port = parts.port  # which is read only now
    except ValueError:
        raise ValueError("request.url is no URL") from None
    authority = _AUTHORITY.match(text)
    target = text[authority.end() :].partition("#")[0] if authority else ""
    target = target if target.startswith("/") else f"/{target}"
    return Url(parts.scheme, parts.hostname or "", port or PORTS.get(parts.scheme, 0), target)


def _escaped(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")
