"""Attempts of calls that belong to no step; those of a step are in its view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iai_proxy.api import Call
from iai_proxy.lineage.attempts import attempts_of


def attempts(calls: Iterable[Call]) -> Mapping[Call, Sequence[Call]]:
    """Return, for each call that succeeded, the identical requests before it that failed.

    Args:
        calls: of a run, in order.
    """
    return attempts_of(call for call in calls if not call.endpoint.is_stepping)
