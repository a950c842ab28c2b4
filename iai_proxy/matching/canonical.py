"""The canonical form of a request: equal for two that mean the same JSON value.

It is a contract: keys made from it are stored in recordings. A change of the form is a new
:data:`iai_proxy.matching.KEY_VERSION`.

The form is in the spirit of RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted by key, and a
number that is a whole one written without a fraction, since one client writes ``1`` where another writes ``1.0``.
It is not RFC 8785 to the letter, which costs twenty times as much: keys sort by bytes, not by UTF-16 units.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from iai_proxy.redact import has_marks, without_marks


def parse_json(body: bytes) -> Any:
    """Parse a JSON text, also one with NaN and Infinity, which Python clients send and the standard forbids.

    Raises:
        ValueError: the body is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def canonical_json(value: Any) -> bytes:
    """Return the canonical form of a parsed JSON value."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # integers over 64 bits
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    # A string that holds ".0," loses its zero too. Both sides do, so equal values stay equal; telling apart two
    # requests that differ in nothing else is not worth walking 15,000 numbers in Python.
    return text.replace(b".0,", b",").replace(b".0]", b"]").replace(b".0}", b"}")


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
    except ValueError:
        return body
    if ignored and isinstance(value, dict):
        value = {key: member for key, member in value.items() if key not in ignored}
    return canonical_json(value)


def canonical_query(query: str, ignored: Collection[str] = ()) -> str:
    """Return a query string with its parameters sorted, percent-encoded one way, and without the ignored ones."""
    query = without_marks(query.encode()).decode()
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(sorted(pair for pair in pairs if pair[0] not in ignored))
