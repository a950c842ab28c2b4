"""A body without its recurrent states, which are 98 % of it and seldom looked at."""

from __future__ import annotations

from typing import Any, Final

import orjson

from iai_proxy.api.canonical import parse_json

RECURRENT: Final = "recurrent_states"
_KEY: Final = b'"recurrent_states"'


def parse_apart(body: bytes) -> tuple[Any, memoryview]:
    """Parse a body but for its recurrent states.

    Returns:
        The value, which has None in their place, and their text. The text is empty where they could
        not be cut out; they are in the value then, if there are any.

    Raises:
        ValueError: the body is not JSON.
    """
    begin, end = _span(body)
    if begin < end:
        try:
            value = orjson.loads(body[:begin] + b"null" + body[end:])
        except orjson.JSONDecodeError:
            value = None
        if isinstance(value, dict) and RECURRENT in value:
            return value, memoryview(body)[begin:end]
    return parse_json(body), memoryview(b"")


def _span(body: bytes) -> tuple[int, int]:
    """Where the recurrent states begin and end: a list of lists of numbers, so that the next quote is behind it.

    A wrong cut leaves no JSON.
    """
    key = body.find(_KEY)
    begin = body.find(b"[", key)
    if key < 0 or begin < 0 or body[key + len(_KEY) : begin].strip() != b":":
        return 0, 0
    quote = body.find(b'"', begin)
    end = body.rfind(b"]", begin, quote if quote >= 0 else len(body)) + 1
    return (begin, end) if end else (0, 0)
