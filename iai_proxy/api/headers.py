"""Header fields of a message."""

from __future__ import annotations

import re
from typing import Final

#: The name of a header field, and a method (RFC 9110, section 5.6.2).
NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#: Header fields in the order they travelled. Latin-1 keeps every byte that HTTP allows (RFC 9110,
#: section 5.5).
Headers = tuple[tuple[str, str], ...]

#: What belongs to a connection and not to the message (RFC 9110, section 7.6.1).
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


_NAME: Final = re.compile(NAME)


def is_field_name(name: str) -> bool:
    """Whether a header field can have this name. Others could be read as several lines, or none."""
    return _NAME.fullmatch(name) is not None


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header field, or None. Names are compared without case."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
