"""Answers as a client's version of HTTP can have them.

Whatever their server speaks, the client can tell where they end, and so whether they are whole.
What is recorded stays as the server sent it.
"""

from __future__ import annotations

import re
from typing import Final

from mitmproxy import http

from iai_proxy.api.headers import NAME

_TOKEN: Final = re.compile(NAME.encode())
#: What no value of a header has, and clients of HTTP/2 end a connection for.
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
#: What ends a header of HTTP/1, or is taken for its end.
_LINE_ENDS: Final = re.compile(rb"[\x00\r\n]")
#: Statuses of answers that end with their head (RFC 9110, sections 15.2, 15.3.5 and 15.4.5).
_BODILESS: Final = frozenset({101, 204, 304})


def fitted(response: http.Response, request: http.Request) -> http.Response:
    """Return an answer in a form that the client that asked can read."""
    of_lines = not (request.is_http2 or request.is_http3)
    response = _with_sound_fields(response, _LINE_ENDS if of_lines else _CONTROLS)
    if not of_lines:
        return response
    if request.method == "HEAD" or response.status_code in _BODILESS:
        return response
    if response.raw_content is None:  # its head is sent first
        return response
    is_chunked = "transfer-encoding" in response.headers
    if is_chunked and not request.is_http10:  # which does not know chunks
        return response
    if not is_chunked and "content-length" in response.headers:
        return response
    return _with_length(response, len(response.raw_content))


def _with_length(response: http.Response, length: int) -> http.Response:
    response = response.copy()
    response.headers.pop("transfer-encoding", None)
    response.headers["content-length"] = str(length)
    return response


def _with_sound_fields(response: http.Response, barred: re.Pattern[bytes]) -> http.Response:
    """Return an answer whose headers break no connection, and can't be read as others.

    Args:
        response: the answer.
        barred: what no value may have.
    """
    fields = tuple(
        (name, barred.sub(b" ", value).strip(b" \t"))
        for name, value in response.headers.fields
        if _TOKEN.fullmatch(name)
    )
    if fields == response.headers.fields:
        return response
    response = response.copy()
    response.headers = http.Headers(fields)
    return response
