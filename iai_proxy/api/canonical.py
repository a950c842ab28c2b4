"""The canonical form of a request: equal for two that mean the same JSON value.

It is a contract: keys made from it are stored in recordings (:mod:`iai_proxy.api.keys`). A change
of the form is a new :data:`iai_proxy.api.KEY_VERSION`.

The form is in the spirit of RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted
by key, and whole numbers written without a fraction, since one client writes ``1`` where another
writes ``1.0``. It is not RFC 8785 to the letter, which costs twenty times as much: keys sort by
bytes, not by UTF-16 units.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from enum import Enum
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from iai_proxy.api.lenient_json import parse_exactly, parse_json
from iai_proxy.api.marks import without_marks

_NO_FRACTION: Final = re.compile(rb"\.0(?=[,\]}])")
_MINUS_ZERO: Final = re.compile(rb"-0(?=[,\]}])")
#: What an integer of more than 64 bits becomes when it is rounded to a double, and the integer.
_ROUNDED: Final = re.compile(rb"e\+?[1-9]")
_LONG_INTEGER: Final = re.compile(rb"\d{19}")


class NotJson(Enum):
    """The value of a body that is not JSON."""

    NOT_JSON = "not JSON"


def parsed(body: bytes) -> Any:
    """Return a body's JSON value, with marks of redacted secrets made alike; or ``NOT_JSON``."""
    try:
        return parse_json(without_marks(body), deep=True)
    except ValueError:
        return NotJson.NOT_JSON


def canonical_json(value: Any) -> bytes:
    """Return the canonical form of a parsed JSON value.

    Raises:
        ValueError: it is nested too deeply to be written.
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # An integer over 64 bits, half a surrogate pair, more than 254 levels.
        text = _dump(value)
    # A string that holds ".0," loses its zero too. Both sides do, so equal values stay equal.
    # Telling apart two requests that differ in nothing else is not worth a look at 15,000 numbers.
    return _MINUS_ZERO.sub(b"0", _NO_FRACTION.sub(b"", text))


def canonical_body(body: bytes, ignored: Collection[str] = (), value: Any = None) -> bytes:
    """Return the canonical form of a request's body.

    Args:
        body: as stored or as received; marks of redacted secrets count as equal.
        ignored: names of top-level members to leave out.
        value: what :func:`parsed` gives for the body, if it is known already.

    Returns:
        The form; the body itself if it is not JSON.
    """
    if value is None:
        value = parsed(body)
    if isinstance(value, dict) and ignored:
        value = {name: member for name, member in value.items() if name not in ignored}
    try:
        return without_marks(body) if value is NotJson.NOT_JSON else canonical_json(value)
    except ValueError:
        return without_marks(body)


def unrounded(body: bytes, form: bytes) -> Any:
    """Return a body's JSON value with its integers of more than 64 bits as they are.

    Parsing rounds them, so that different bodies have one form. None for a body without any.

    Args:
        body: as stored or as received.
        form: its canonical form, which shows cheaply whether there may be any.
    """
    if not _ROUNDED.search(form) or not _LONG_INTEGER.search(body):
        return None
    try:
        return parse_exactly(without_marks(body), deep=True)
    except ValueError:
        return None


def canonical_query(query: str, ignored: Collection[str] = ()) -> str:
    """Return a query string with its parameters sorted and percent-encoded one way.

    Args:
        query: as stored or as received; marks of redacted secrets count as equal.
        ignored: names of parameters to leave out.
    """
    raw = without_marks(query.encode("utf-8", "surrogateescape"))
    pairs = parse_qsl(
        raw.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape"
    )
    kept = sorted(pair for pair in pairs if pair[0] not in ignored)
    return urlencode(kept, errors="surrogateescape")


def _dump(value: Any) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error
