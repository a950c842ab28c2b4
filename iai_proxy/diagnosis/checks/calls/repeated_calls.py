"""Attempts of calls that belong to no step; those of a step are in its view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from iai_proxy.api import Call


def attempts(calls: Iterable[Call]) -> dict[Call, Sequence[Call]]:
    """Return, for each call that succeeded, the identical requests before it that failed.

    Args:
        calls: of a run, in order.
    """
    failed: defaultdict[tuple[str, bytes | None], list[Call]] = defaultdict(list)
    found: dict[Call, Sequence[Call]] = {}
    for call in calls:
        if call.endpoint.is_stepping:
            continue
        key = call.target, call.request_hash
        if call.succeeded:
            if key in failed:
                found[call] = failed.pop(key)
        elif call.is_repeated_by_sdk:
            failed[key].append(call)
    return found
