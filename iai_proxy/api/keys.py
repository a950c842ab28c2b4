"""Request keys: the hashes that a recorded exchange is found by, one for each level of matching."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api.canonical import canonical_body, canonical_query, parsed, unrounded
from iai_proxy.api.endpoint import api_path

#: Raised whenever keys made before would no longer be found; stored keys of another version are
#: made again.
KEY_VERSION: Final = 1

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
) -> RequestKeys:
    """Return the keys of a request, parsing its body at most once.

    Args:
        method: HTTP method.
        target: path and query; the API's prefix makes no difference.
        body: decoded body.
        ignored: top-level members of the body and parameters of the query that ``seedless`` leaves
            out.
        value: what :func:`parsed` gives for the body, if it is known already.
    """
    path, _, query = api_path(target).partition("?")
    head = f"{method} {path.rstrip('/')}"
    exact_body, seedless_body = _bodies(body, ignored, value)
    exact = _hash(f"{head}?{canonical_query(query)}\n", exact_body)
    seedless = _hash(f"{head}?{canonical_query(query, ignored)}\n", seedless_body)
    return RequestKeys(exact, seedless)


def _bodies(body: bytes, ignored: Collection[str], value: Any) -> tuple[bytes, bytes]:
    """Return the forms that are hashed: whole, and without the ignored fields."""
    if not body or len(body) > _LARGEST_PARSED:
        return body, body
    if value is None:
        value = parsed(body)
    exact = canonical_body(body, value=value)
    whole = unrounded(body, exact)
    if whole is not None:
        value, exact = whole, canonical_body(body, value=whole)
    if not isinstance(value, dict) or not any(field in value for field in ignored):
        return exact, exact
    return exact, canonical_body(body, ignored, value)


def _hash(head: str, body: bytes) -> bytes:
    return hashlib.sha256(_encoded(head) + body).digest()


def _encoded(text: str) -> bytes:
    """A target as bytes; one that is not UTF-8 comes with surrogate escapes (PEP 383)."""
    return text.encode("utf-8", "surrogateescape")
