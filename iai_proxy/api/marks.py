"""The marks that stand in a recording where a secret stood: ``[redacted:1a2b3c4d]``.

Who makes them is :mod:`iai_proxy.recordings.redactor`; that they are in stored exchanges is
everybody's to know.
"""

from __future__ import annotations

import re
from typing import Final

MARK: Final = re.compile(rb"\[redacted(?::[0-9a-f]{8})?\]")


def has_marks(body: bytes) -> bool:
    """Tell whether a stored body has a mark in it."""
    return b"[redacted" in body


def without_marks(body: bytes) -> bytes:
    """Make all marks in a body alike, so that two that differ only in the key compare equal."""
    return MARK.sub(b"[redacted]", body)
