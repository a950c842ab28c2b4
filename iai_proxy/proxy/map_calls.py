"""Asks the API to describe each location that a run used, if the client has not.

The SDK's ``LogReader`` and ``LogWriter`` need ``location_info``; a program that does without it may
want its logs loaded offline all the same. It is asked for at the end, when it is known what the
client has asked for itself, and no call of the client waits for it. It goes the way of the client's
own calls: through this proxy, with the client's key, to the same upstream, into the recording.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from mitmproxy import http

from iai_proxy.api import FOR_MAPS, Endpoint, parse_json
from iai_proxy.proxy.capture import PART_OF, PartOf, headers_of, is_for_api
from iai_proxy.proxy.fail_closed import fail_closed
from iai_proxy.proxy.loop_time import on_thread
from iai_proxy.proxy.loopback import (
    Fields,
    LoopbackPool,
    LoopbackRequest,
    encoded,
    host_of,
    origin_of,
)
from iai_proxy.recordings import Recording
from iai_proxy.session.notices import Notices
from iai_proxy.session.part_calls import base_of, headers_to_hand_on

#: How long one answer may take, s: the user waits for the program to end.
_PATIENCE_S: Final = 20.0
_LOCATION: Final = re.compile(rb'"location"\s*:\s*("(?:[^"\\]|\\.)*")')


class _Caller(NamedTuple):
    """How a client calls the API."""

    flow: http.HTTPFlow
    base: str
    headers: Fields


class MapCalls:
    """Notes how clients call the API, and asks at the end.

    Args:
        notices: gets a notice if a location is not described.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._callers: dict[str, _Caller] = {}  # by location
        self._own: set[str] = set()  # connections from this proxy to itself

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Note who uses a location first, before the request is sent elsewhere."""
        client = flow.client_conn
        if client.id in self._own:  # the recording tells that no client made the call
            flow.metadata[PART_OF] = PartOf(None, f"{FOR_MAPS}{client.id}", "")
            return
        endpoint = Endpoint.of(flow.request.method, flow.request.path)
        if not endpoint.is_stepping or flow.response is not None or not is_for_api(flow):
            return
        location = _location(flow.request)
        if location and location not in self._callers:
            headers = headers_to_hand_on(headers_of(flow.request))
            base = origin_of(flow) + base_of(flow.request.path)
            self._callers[location] = _Caller(flow, base, [host_of(flow), *encoded(headers)])

    async def ask(self, recording: Path) -> None:
        """Ask for what the recording lacks. It may be open for writing."""
        pool = LoopbackPool()
        try:
            for location in await on_thread(lambda: _missing(recording)):
                if caller := self._callers.get(location):
                    await self._ask(pool, location, caller)
        finally:
            pool.close()

    async def _ask(self, pool: LoopbackPool, location: str, caller: _Caller) -> None:
        query = urlencode({"location": location, "include_map_source": False})
        target = f"{caller.base}/{Endpoint.LOCATION_INFO}?{query}"
        request = LoopbackRequest("GET", target, caller.headers, b"")
        try:
            sending = pool.send(request, caller.flow, lambda client: self._own.add(client.id))
            reply = await asyncio.wait_for(sending, _PATIENCE_S)
        except TimeoutError:
            why = f"no answer within {_PATIENCE_S:.0f} s"
        else:
            if reply and 200 <= reply.status < 300:
                return
            why = f"the API answered {reply.status}" if reply else "the connection broke"
        self._notices.once(f"map {location}", f"--maps got no location_info for {location}: {why}")


def _missing(recording: Path) -> list[str]:
    from iai_proxy.logs.missing_maps import locations_without_map

    with Recording(recording) as opened:
        return locations_without_map(opened)


def _location(request: http.Request) -> str | None:
    found = _LOCATION.search(request.get_content(strict=False) or b"")
    try:
        return str(parse_json(found[1])) if found else None
    except ValueError:
        return None
