"""Which locations of a recording lack ``location_info``; the SDK's ``LogReader`` asks for it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence

from iai_proxy.api import Call, Endpoint, query_of
from iai_proxy.logs.sdk_shapes import logged_location_request
from iai_proxy.recordings.reader import Recording


def locations_without_map(recording: Recording) -> list[str]:
    """Return the locations at which agents were placed or driven, but that were never described."""
    return list(dict.fromkeys(_without_map(recording)))


def lacks_a_map(recording: Recording) -> bool:
    """Whether there is such a location; reads no further than to the first."""
    return next(_without_map(recording), None) is not None


def _without_map(recording: Recording) -> Iterator[str]:
    """Yield them in order of the calls, again and again."""
    known = {
        location_asked(call)
        for call in recording.calls()
        if call.endpoint is Endpoint.LOCATION_INFO and call.succeeded
    }
    for seen in recording.observations():
        if seen.location and seen.call.succeeded and seen.location not in known:
            yield seen.location


def location_asked(call: Call) -> str | None:
    """Return which location a ``location_info`` call is about."""
    asked: str | None = logged_location_request(query_of(call.target))["location"]
    return asked


def how_to_get(locations: Sequence[str], recording: object) -> str:
    """Say what is missing, and how to add it.

    Args:
        locations: those without ``location_info``, at least one.
        recording: its path.
    """
    calls = "; ".join(f"iai.location_info({json.dumps(location)})" for location in locations)
    program = shlex.quote(f"import invertedai as iai; {calls}")
    file = shlex.quote(str(recording))
    return (
        f"no location_info for {', '.join(locations)} is recorded, which the SDK's LogReader asks "
        "for: record with --maps, or add it with "
        f"`iai-proxy record --append -o {file} -- python -c {program}`"
    )
