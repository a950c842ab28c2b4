"""The addon that answers large calls, which the API does not have, by the calls the SDK would make.

Each of those goes through this proxy itself (:mod:`iai_proxy.proxy.loopback`), so that it is
recorded, redacted and replayed like any other.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from mitmproxy import connection, http
from mitmproxy.connection import ConnectionState

from iai_proxy.api import Endpoint
from iai_proxy.proxy.capture import PART_OF, PartOf, address, is_for_api, to_request
from iai_proxy.proxy.client_connections import ClientConnections
from iai_proxy.proxy.fail_closed import fail_closed, have_recorded, refuse_as
from iai_proxy.proxy.loop_time import LoopTime
from iai_proxy.proxy.loopback import LoopbackPool, LoopbackRequest, encoded, host_of, origin_of
from iai_proxy.proxy.replies import to_response
from iai_proxy.session.background import THREADS
from iai_proxy.session.dividing import MOST, Dividers
from iai_proxy.session.large_answers import answer_large, other_method
from iai_proxy.session.part_calls import FIRST_PAUSE_S, PartCalls, PartRequest
from iai_proxy.session.replies import Reply


class LargeCalls:
    """Answers ``POST /large_drive``, ``POST /large_initialize`` and ``GET /regions``.

    Args:
        connections: where given, learns on whose behalf parts are called.
        recorded: whether parts are recorded as parts of their large call.
        first_pause_s: before the first retry of a part.
    """

    def __init__(
        self,
        connections: ClientConnections | None = None,
        *,
        recorded: bool = True,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._pool = LoopbackPool()
        self._dividers = Dividers()
        self._room = asyncio.Semaphore(MOST)
        # Not the loop's own threads, which look up names too. Those that are not needed don't run.
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix=f"{THREADS}-large")
        self._first_pause_s = first_pause_s
        self._stopped = False
        self._connections = connections
        self._recorded = recorded
        self._part_of: dict[str, PartOf] = {}  # by connection from this proxy to itself

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Note which large call a part belongs to; don't stream a large call."""
        if part_of := self._part_of.get(flow.client_conn.id):
            flow.metadata[PART_OF] = part_of
        elif Endpoint.of(flow.request.method, flow.request.path).is_large:
            flow.request.stream = False

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer a large call."""
        endpoint = Endpoint.of(flow.request.method, flow.request.path)
        is_part = flow.client_conn.id in self._part_of
        if flow.response is not None or is_part or not is_for_api(flow):
            return
        if refused := other_method(flow.request.method, flow.request.path):
            refuse_as(flow, refused)
        if not endpoint.is_large:
            return
        client = flow.client_conn
        token = flow.id if self._recorded else None
        part_of = PartOf(token, client.id, address(client.peername))
        flow.metadata[PART_OF] = part_of
        calls = PartCalls(
            to_request(flow),
            partial(self._send, flow, part_of),
            LoopTime(self._threads),
            self._first_pause_s,
            has_gone=lambda: ConnectionState.CAN_READ not in client.state,
            gives_up=lambda: self._stopped,
        )
        async with self._room:
            reply = await answer_large(endpoint, calls, self._dividers)
        if reply.refused:
            refuse_as(flow, reply)
        else:
            flow.response = to_response(reply)
        if calls.has_begun:
            have_recorded(flow)

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget a connection."""
        self._part_of.pop(client.id, None)

    def done(self) -> None:
        """Stop retrying and dividing, and hang up."""
        self._stopped = True
        self._pool.close()
        self._dividers.end()
        self._threads.shutdown(wait=False)

    async def _send(
        self, flow: http.HTTPFlow, part_of: PartOf, request: PartRequest
    ) -> Reply | None:
        def announce(client: connection.Client) -> None:
            self._part_of[client.id] = part_of
            if self._connections:
                self._connections.act_for(client, flow.client_conn)

        fields = [host_of(flow), *encoded(request.headers)]
        target = origin_of(flow) + request.target
        answer = await self._pool.send(
            LoopbackRequest(request.method, target, fields, request.body), flow, announce
        )
        if answer is None:
            return None
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers
        )
        return Reply(answer.status, answer.reason, headers, answer.body)
