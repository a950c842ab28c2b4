"""Moments as Python has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time_ns: int) -> datetime:
    """Return a moment in UTC, cut to microseconds.

    Args:
        time_ns: nanoseconds since the epoch.
    """
    return _EPOCH + timedelta(microseconds=time_ns // 1000)
