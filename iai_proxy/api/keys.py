"""Request keys: the hashes that a recorded exchange is found by, one for each level of matching.

What is hashed is the canonical form of the request. Recurrent states, nearly all of it, stand there
as a hash of their fingerprints: those are known of states that an answer had, so that a request
that sends them back need not be parsed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api.canonical import (
    NotJson,
    canonical_json,
    canonical_query,
    parsed,
    unrounded,
)
from iai_proxy.api.endpoint import api_path
from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.marks import has_marks, without_marks
from iai_proxy.api.read_body import ReadBody
from iai_proxy.api.recurrent_rows import RecurrentRows, rows_of

#: Raised whenever keys made before would no longer be found; stored keys of another version are
#: made again.
KEY_VERSION: Final = 2

#: A call of 100 agents is 0.33 MB. Parsing a far larger body would hold up all others, so it is
#: compared as it is.
_LARGEST_PARSED: Final = 8_000_000

DEFAULT_IGNORED: Final = frozenset({"random_seed"})


@dataclass(frozen=True, slots=True)
class RequestKeys:
    """SHA-256 hashes of one request: whole, and without the ignored fields."""

    exact: bytes
    seedless: bytes


def raw_key(method: str, target: str, body_hash: bytes) -> bytes:
    """Return the key of a request's bytes as they are. Finding it parses nothing.

    Args:
        method: HTTP method.
        target: path and query; the API's prefix makes no difference.
        body_hash: SHA-256 of the body.
    """
    return hashlib.sha256(_encoded(f"{method} {api_path(target)}\n") + body_hash).digest()


def request_keys(
    method: str,
    target: str,
    body: bytes,
    ignored: Collection[str] = DEFAULT_IGNORED,
    value: Any = None,
    read: ReadBody | None = None,
) -> RequestKeys:
    """Return the keys of a request, parsing its body at most once.

    Args:
        method: HTTP method.
        target: path and query; the API's prefix makes no difference.
        body: decoded body.
        ignored: top-level members of the body and parameters of the query that ``seedless`` leaves
            out.
        value: what :func:`parsed` gives for the body, if it is known already.
        read: the body, if it has been read already; then nothing is parsed.
    """
    path, _, query = api_path(target).partition("?")
    head = f"{method} {path.rstrip('/')}"
    exact_body, seedless_body = _bodies(body, ignored, value, read)
    exact = _hash(f"{head}?{canonical_query(query)}\n", exact_body)
    seedless = _hash(f"{head}?{canonical_query(query, ignored)}\n", seedless_body)
    return RequestKeys(exact, seedless)


def _bodies(
    body: bytes, ignored: Collection[str], value: Any, read: ReadBody | None
) -> tuple[bytes, bytes]:
    """Return the forms that are hashed: whole, and without the ignored fields."""
    if not body or len(body) > _LARGEST_PARSED:
        return body, body
    try:
        if read and not has_marks(read.split.head) and not has_marks(read.split.tail):
            return _forms(read.rest_text, ignored, read.rest, read.rows)
        if value is None:
            value = parsed(body)
        rows = rows_of(value.get(RECURRENT)) if isinstance(value, dict) else None
        return _forms(body, ignored, value, rows)
    except ValueError:
        whole = without_marks(body)  # nested too deeply to be written
        return whole, whole


def _forms(
    text: bytes, ignored: Collection[str], value: Any, rows: RecurrentRows | None
) -> tuple[bytes, bytes]:
    """Return the forms of a value; with ``rows``, the object's recurrent states are left out."""
    if value is NotJson.NOT_JSON:
        raise ValueError("no JSON")
    left_out = {RECURRENT} if rows else set()
    exact = canonical_json(_without(value, left_out))
    whole = unrounded(text, exact)
    if whole is not None:
        value, exact = whole, canonical_json(_without(whole, left_out))
    seedless = exact
    if isinstance(value, dict) and any(field in value for field in ignored):
        seedless = canonical_json(_without(value, left_out.union(ignored)))
    if rows is None:
        return exact, seedless
    # No JSON goes on like this behind an object.
    digest = b"#" + rows.digest
    return exact + digest, seedless if RECURRENT in ignored else seedless + digest


def _without(value: Any, names: Collection[str]) -> Any:
    if not isinstance(value, dict) or not names:
        return value
    return {name: member for name, member in value.items() if name not in names}


def _hash(head: str, body: bytes) -> bytes:
    return hashlib.sha256(_encoded(head) + body).digest()


def _encoded(text: str) -> bytes:
    """A target as bytes; one that is not UTF-8 comes with surrogate escapes (PEP 383)."""
    return text.encode("utf-8", "surrogateescape")
