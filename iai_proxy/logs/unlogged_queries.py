"""What ``location_info`` calls of the C++ SDK asked for: it logs an empty string.

The location is the one that the run then uses. The map was asked for if the answer has it. What
else the query may have had, the centre and the field of view of the picture, stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from iai_proxy.api import parse_object
from iai_proxy.logs.bodies import LogBody
from iai_proxy.logs.debug_log import PairedCall


def with_queries(calls: Sequence[PairedCall]) -> Iterator[PairedCall]:
    """Yield calls in their order; those of ``location_info`` without a query get one."""
    locations = [
        call.request.facts.location if call.model.is_stepping and call.request else None
        for call in calls
    ]
    nearest = _filled(locations)
    for call, location in zip(calls, nearest, strict=True):
        request = call.request
        if call.model.is_stepping or request is None or request.query:
            yield call
            continue
        yield replace(call, request=_asked(request, location, call.response)) if location else call


def _filled(locations: Sequence[str | None]) -> list[str | None]:
    """Return for each place the next location from there on; behind the last one, that."""
    following = next(filter(None, reversed(locations)), None)
    filled: list[str | None] = []
    for location in reversed(locations):
        following = location or following
        filled.append(following)
    return filled[::-1]


def _asked(request: LogBody, location: str, answer: LogBody | None) -> LogBody:
    has_map = "true" if answer and _has_map(answer) else "false"
    query = f"?location={quote(location, safe=':')}&include_map_source={has_map}"
    return replace(request, query=query, facts=replace(request.facts, location=location))


def _has_map(answer: LogBody) -> bool:
    try:
        return bool(parse_object(answer.text()).get("osm_map"))
    except ValueError:  # it is no object, or the file was changed meanwhile
        return False
