"""The canonical form of a request: equal for two that mean the same JSON value.

It is a contract: keys made from it are stored in recordings. A change of the form is a new
:data:`iai_proxy.api.KEY_VERSION`.

The form is in the spirit of RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted
by key, and whole numbers written without a fraction, since one client writes ``1`` where another
writes ``1.0``. It is not RFC 8785 to the letter, which costs twenty times as much: keys sort by
bytes, not by UTF-16 units.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from iai_proxy.api.lenient_json import parse_json
from iai_proxy.api.marks import has_marks, without_marks

_NO_FRACTION: Final = re.compile(rb"\.0(?=[,\]}])")
_MINUS_ZERO: Final = re.compile(rb"-0(?=[,\]}])")


def canonical_json(value: Any) -> bytes:
    """Return the canonical form of a parsed JSON value.

    Raises:
        ValueError: it is nested too deeply to be written.
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # An integer over 64 bits, half a surrogate pair, more than 254 levels.
        text = _dumps(value)
    # A string that holds ".0," loses its zero too. Both sides do, so equal values stay equal. Telling
    # apart two requests that differ in nothing else is not worth a look at 15,000 numbers in Python.
    return _MINUS_ZERO.sub(b"0", _NO_FRACTION.sub(b"", text))


def canonical_body(body: bytes, ignored: Collection[str] = ()) -> bytes:
    """Return the canonical form of a request's body.

    Args:
        body: as stored or as received; marks of redacted secrets count as equal.
        ignored: names of top-level members to leave out.

    Returns:
        The form; the body itself where it is not JSON.
    """
    if not body:
        return b""
    if has_marks(body):
        body = without_marks(body)
    try:
        value = parse_json(body)
        if ignored and isinstance(value, dict):
            value = {key: member for key, member in value.items() if key not in ignored}
        return canonical_json(value)
    except ValueError:
        return body


def canonical_query(query: str, ignored: Collection[str] = ()) -> str:
    """Return a query string with its parameters sorted, percent-encoded one way, and without the ignored ones."""
    query = without_marks(query.encode("utf-8", "surrogateescape")).decode(
        "utf-8", "surrogateescape"
    )
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    return urlencode(
        sorted(pair for pair in pairs if pair[0] not in ignored), errors="surrogateescape"
    )


def _dumps(value: Any) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error
