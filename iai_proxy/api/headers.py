"""Header fields of a message."""

from __future__ import annotations

import re
from typing import Final

#: The name of a header field, and a method (RFC 9110, section 5.6.2).
NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#: The value of a header field: no control characters but tabs.
VALUE: Final = r"[^\x00-\x08\x0a-\x1f\x7f]*"
#: The target of a request, a path or URL: no blanks, no control characters.
TARGET: Final = r"[^\x00-\x20\x7f]+"
#: Methods by which the end of a message is known (RFC 9112, section 6.3).
FRAMING: Final = frozenset({"HEAD", "CONNECT"})
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


def is_method(text: str) -> bool:
    """Whether a text is a method, and none that some readers take for one that frames messages."""
    is_name = is_field_name(text)
    return is_name and (text in FRAMING or text.upper() not in FRAMING)


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header field, or None. Names are compared without case."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
