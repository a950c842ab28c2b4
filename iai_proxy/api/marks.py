"""The marks that replace secrets in a recording: ``[redacted:1a2b3c4d]``.

:mod:`iai_proxy.recordings.redactor` makes them; comparing stored exchanges must know of them.
"""

from __future__ import annotations

import re
from typing import Final

MARK: Final = re.compile(rb"\[redacted(?::[0-9a-f]{8})?\]")


def has_marks(body: bytes) -> bool:
    """Return whether a stored body has a mark in it."""
    return b"[redacted" in body


def without_marks(body: bytes) -> bytes:
    """Make all marks in a body alike, so that two that differ only in the key compare equal."""
    return MARK.sub(b"[redacted]", body) if has_marks(body) else body
