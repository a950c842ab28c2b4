"""Moments as the SDKs' debug logs write them, in UTC, from and to integer nanoseconds since 1970.

The Python SDK writes microseconds with six digits (``2024-05-01_12:00:00:007000``); the C++ SDK
writes milliseconds without padding, then ``_UTC`` (``2024-05-01_12:00:00:7_UTC``). Both are the
same moment.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TO_THE_SECOND: Final = r"(\d{4})-(\d\d)-(\d\d)_(\d\d):(\d\d):(\d\d)"
_PYTHON: Final = re.compile(_TO_THE_SECOND + r":(\d{1,6})", re.ASCII)
_CPP: Final = re.compile(_TO_THE_SECOND + r":(\d{1,3})_UTC", re.ASCII)


def format_timestamp(ns: int) -> str:
    """Write a moment as the Python SDK does; what is finer than a microsecond is cut off."""
    moment = _EPOCH + timedelta(microseconds=ns // 1000)
    return f"{moment:%Y-%m-%d_%H:%M:%S}:{moment.microsecond:06d}"


def parse_timestamp(text: str) -> int | None:
    """Read a moment of either SDK's debug log.

    Returns:
        Nanoseconds since 1970, or None where ``text`` is no such moment.
    """
    if match := _CPP.fullmatch(text):
        fraction_us = int(match[7]) * 1000
    elif match := _PYTHON.fullmatch(text):
        # As strptime's %f: digits that are missing are zeros on the right.
        fraction_us = int(match[7].ljust(6, "0"))
    else:
        return None
    year, month, day, hour, minute, second = (int(digits) for digits in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # a 31st of June
        return None
    return ((moment - _EPOCH) // timedelta(microseconds=1) + fraction_us) * 1000


def debug_log_name(ns: int) -> str:
    """Name the file of a debug log that began at ``ns``, as the Python SDK does."""
    return f"iai_log_{format_timestamp(ns)}_UTC.json"
