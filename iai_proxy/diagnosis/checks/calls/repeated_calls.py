"""Calls that had to be made again, of endpoints that make no step: of the others lineage knows the attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from iai_proxy.api import Call


def attempts(calls: Iterable[Call]) -> dict[Call, Sequence[Call]]:
    """Return for each call that succeeded in the end the failed ones before it: the same request, repeated.

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
