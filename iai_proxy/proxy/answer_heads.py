"""Reads the head of an HTTP/1 answer as clients do, and settles where its body ends.

mitmproxy refuses what leaves room for two readings, so that nothing can be smuggled past other
proxies. There is none behind us: what a client would read directly is to reach it. The framing is
settled as RFC 9112, section 6.3 and the clients have it, and the head then says just that. What
some clients take for the end of a line becomes a blank (RFC 9110, section 5.5), so that no one
finds another framing in it, or another answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mitmproxy import http
from mitmproxy.net.http import http1

from iai_proxy.api.headers import NAME

_NAME: Final = re.compile(NAME.encode())
_LINE_ENDS: Final = re.compile(rb"[\x00\r]")
_DIGITS: Final = re.compile(r"\+?[0-9]+")
#: A body with a longer length than this has digits is never whole.
_MOST_DIGITS: Final = 15
_WITHOUT_BODY: Final = frozenset({204, 304})


def read_answer_head(lines: Sequence[bytes]) -> http.Response:
    """Return an answer without its body; at most one header says where that ends.

    Args:
        lines: of the head, without their ends.

    Raises:
        ValueError: a client could not read it either.
    """
    if not lines:
        raise ValueError("it begins with an empty line")
    lines = [_LINE_ENDS.sub(b" ", line) for line in lines]
    response = http1.read_response_head([_status_line(lines[0]), *_fields(lines[1:])])
    if not 100 <= response.status_code <= 999:
        raise ValueError(f"its status is {response.status_code}")
    headers = response.headers
    codings = _codings(headers.get_all("transfer-encoding"))
    lengths = _lengths(headers.get_all("content-length"))
    is_chunked = codings[-1:] == ["chunked"] and response.status_code not in _WITHOUT_BODY
    if len(set(lengths)) > 1 and not is_chunked:
        raise ValueError(f"it has different lengths: {' and '.join(map(str, lengths))}")
    headers.set_all("transfer-encoding", [", ".join(codings)] if is_chunked else [])
    headers.set_all("content-length", [] if is_chunked else map(str, lengths[:1]))
    return response


def _status_line(line: bytes) -> bytes:
    """Return the first line if its status is a number that can be read.

    Raises:
        ValueError: it has more digits than any status.
    """
    words = line.split(None, 2)
    if len(words) > 1 and len(words[1]) > _MOST_DIGITS:
        raise ValueError(f"its status has {len(words[1])} characters")
    return line


def is_interim(response: http.Response) -> bool:
    """Whether another answer follows (RFC 9110, section 15.2), which needs no asking for."""
    return 100 <= response.status_code < 200 and response.status_code != 101


def _fields(lines: Sequence[bytes]) -> list[bytes]:
    """Leave out lines that are no header fields; a field goes on one line."""
    kept: list[bytes] = []
    is_field = False
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if is_field:
                kept[-1] += b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")  # as RFC 9112, section 5.1 wants it
        is_field = bool(colon and _NAME.fullmatch(name))
        if is_field:
            kept.append(name + b":" + value)
    return kept


def _codings(values: Sequence[str]) -> list[str]:
    """Return the transfer codings; chunked counts once, identity is none."""
    codings = [item.strip().lower() for value in values for item in value.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if codings.count("chunked") > 1:
        codings = [coding for coding in codings if coding != "chunked"] + ["chunked"]
    return codings


def _lengths(values: Sequence[str]) -> list[int]:
    """Return the lengths that are numbers; for clients, others are as good as none."""
    items = [item.strip() for value in values for item in value.split(",")]
    return [_length(item) for item in items if item.isascii() and _DIGITS.fullmatch(item)]


def _length(digits: str) -> int:
    digits = digits.lstrip("+0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"its length has {len(digits)} digits")
    return int(digits)
