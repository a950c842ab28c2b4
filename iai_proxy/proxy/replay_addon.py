"""The addon that replays: every request is answered from the recording or refused.

No request reaches the network but those that the user sends there (``--on-miss``,
``--until-step``).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from mitmproxy import dns, http
from mitmproxy.net.dns import response_codes
from mitmproxy.proxy import server_hooks

from iai_proxy.api import Endpoint
from iai_proxy.player import Player, Reply, ToApi, other_host
from iai_proxy.proxy.capture import is_for_api, to_request
from iai_proxy.proxy.client_connections import ClientConnections, peer_of
from iai_proxy.proxy.fail_closed import fail_closed, refuse_as, without_body_for_head
from iai_proxy.proxy.forwarding import Gate
from iai_proxy.proxy.replies import to_response

_T = TypeVar("_T")

#: Key in a flow's metadata: it is a miss that goes to the API.
_FORWARDED: Final = "iai-proxy-forwarded"


class ReplayAddon:
    """Answers from a recording.

    Args:
        player: finds the answers; used on a thread of its own, closed by :meth:`done`.

    Attributes:
        connections: the addon that tells clients apart, to be put before this one.
        forwarded: how many misses the API answered, by endpoint.
        live: how many calls after the recorded steps it answered.
    """

    def __init__(self, player: Player) -> None:
        self._player = player
        # One thread, so that requests are decided one at a time, in their order.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-replay")
        self._gate = Gate()
        self.connections = ClientConnections(player.programs)
        self.forwarded: Counter[str] = Counter()
        self.live = 0

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer from the recording, refuse or, if the user wants it, let the API answer."""
        if flow.response is not None:
            return  # another addon has answered, say for want of a password
        if not is_for_api(flow):
            refuse_as(flow, other_host(flow.request.pretty_host, flow.request.port))
            return
        # Not on the worker, which all clients share.
        await self.connections.looked_up(flow.client_conn)
        request, peer = to_request(flow), peer_of(flow.client_conn)
        played = await self._on_worker(lambda: self._player.play(request, peer))
        await asyncio.sleep(played.delay_s)
        if isinstance(played, ToApi):
            flow.metadata[_FORWARDED] = played.missed
            self._gate.open(flow)
        elif played.drop:
            flow.kill()
        else:
            _answer(flow, played)

    @fail_closed
    async def response(self, flow: http.HTTPFlow) -> None:
        """Learn from the API's own answer which calls will continue it."""
        if not self._gate.is_open(flow):
            return
        self._gate.close(flow)
        if flow.response is not None:
            endpoint = Endpoint.of(flow.request.method, flow.request.path)
            if flow.metadata.get(_FORWARDED):
                self.forwarded[endpoint] += 1
            else:
                self.live += 1
            body = flow.response.get_content(strict=False) or b""
            await self._on_worker(lambda: self._player.went_live(endpoint, body))

    def error(self, flow: http.HTTPFlow) -> None:
        """Note that a call to the API has failed."""
        self._gate.close(flow)

    @fail_closed
    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a tunnel to any host but the API's."""
        host, port = flow.request.host, flow.request.port
        if not self._player.doors.is_api(host, port):
            refuse_as(flow, other_host(host, port))

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: that would go upstream before anything is decided."""
        flow.request.stream = False

    def dns_request(self, flow: dns.DNSFlow) -> None:
        """Resolve no name where mitmproxy is a name server."""
        flow.response = flow.request.fail(response_codes.REFUSED)

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Connect to nothing, except for a call that goes to the API."""
        self._gate.refuse_others(data)

    def done(self) -> None:
        """Close the recording."""
        self._worker.shutdown()
        self._player.close()

    async def _on_worker(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)


def _answer(flow: http.HTTPFlow, reply: Reply) -> None:
    """Answer a flow as the player says; what it refuses is not recorded."""
    if reply.refused:
        refuse_as(flow, reply)
    else:
        flow.response = to_response(reply)
        without_body_for_head(flow)
