"""What no request or answer can hold, by the rules by which heads are read while recording."""

from __future__ import annotations

import re
from typing import Final

from iai_proxy.api import Exchange
from iai_proxy.api.headers import TARGET, VALUE, is_method

_TARGET: Final = re.compile(TARGET)
_VALUE: Final = re.compile(VALUE)


def refuse_impossible(exchange: Exchange) -> None:
    """Refuse a call that could not have been made.

    Raises:
        ValueError: why; the sentence has nothing of the call, as there may be a key in it.
    """
    request, response = exchange.request, exchange.response
    if not is_method(request.method):
        raise ValueError("its method is none")
    if not _TARGET.fullmatch(request.target):
        raise ValueError("its target holds white space or a control character")
    if request.target != "*" and not request.target.startswith("/"):
        raise ValueError("its target is no path")
    headers = (*request.headers, *(response.headers if response else ()))
    if not all(_VALUE.fullmatch(value) for _, value in headers):
        raise ValueError("the value of a header holds a control character")
    if not _is_text(exchange):
        raise ValueError("it holds half a character")


def _is_text(exchange: Exchange) -> bool:
    """Whether everything can be stored; only targets may hold bytes that are no text."""
    request, response = exchange.request, exchange.response
    texts = [exchange.connection, exchange.client, exchange.large or "", exchange.failure or ""]
    texts += [request.scheme, request.host, request.http_version, request.encoding]
    texts += [response.reason, response.http_version, response.encoding] if response else []
    try:
        "".join(texts).encode()
        request.target.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
