"""What a client proves who it is with: ``Basic …`` (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac


def credentials(value: str) -> bytes:
    """Return ``user:password`` of an authorization header; nothing if it is something else."""
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def is_password(value: str, expected: str) -> bool:
    """Whether an authorization header gives the expected ``user:password``."""
    return hmac.compare_digest(credentials(value), expected.encode())
