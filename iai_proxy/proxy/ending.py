"""The calls under way in mitmproxy, and no new ones once it is to end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from mitmproxy import connection, ctx, http
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.proxy.server import ConnectionHandler

from iai_proxy.proxy.client_handler import ClientHandler
from iai_proxy.proxy.fail_closed import refuse
from iai_proxy.proxy.loopback import is_from_ourselves
from iai_proxy.session.refusals import ENDING, FAULT


class Ending:
    """Knows which calls are under way; see :class:`iai_proxy.session.ending.Calls`.

    Calls that this proxy makes through itself are not counted, and never refused: they belong to a
    call that is under way, or to our own end.
    """

    def __init__(self) -> None:
        self._proxy: Proxyserver | None = None
        self._under_way: dict[str, str] = {}  # client connection by flow
        self._is_ending = False

    def around(self, addons: Sequence[Any]) -> list[Any]:
        """Return addons between two of ours: one hears of requests first, one of answers last."""
        return [self, *addons, _Ended(self._under_way)]

    def request(self, flow: http.HTTPFlow) -> None:
        """Note a call, or refuse it."""
        if is_from_ourselves(flow.client_conn):
            return
        if self._is_ending and flow.response is None:
            refuse(flow, FAULT, ENDING)
        self._under_way[flow.id] = flow.client_conn.id
        self._proxy = self._proxy or ctx.master.addons.get("proxyserver")

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget the calls of a client whose connection broke without an error of its own."""
        for flow_id in [flow for flow, owner in self._under_way.items() if owner == client.id]:
            del self._under_way[flow_id]

    def take_no_more(self) -> None:
        """Refuse new calls from now on."""
        self._is_ending = True

    @property
    def under_way(self) -> int:
        """How many calls are not answered yet, to the last byte."""
        handlers = self._proxy.connections.values() if self._proxy else ()
        sent_to = {handler.client.id for handler in handlers if _is_sending(handler)}
        return len(self._under_way) + len(sent_to.difference(self._under_way.values()))


class _Ended:
    """Addon that forgets calls. They are recorded by then, if they are to be."""

    def __init__(self, under_way: dict[str, str]) -> None:
        self._under_way = under_way

    def response(self, flow: http.HTTPFlow) -> None:
        """Forget a call that is answered."""
        self._under_way.pop(flow.id, None)

    def error(self, flow: http.HTTPFlow) -> None:
        """Forget a call that got no answer."""
        self._under_way.pop(flow.id, None)


def _is_sending(handler: ConnectionHandler) -> bool:
    """Whether a client has not been sent all of an answer; a hook that runs may be its last."""
    if is_from_ourselves(handler.client):
        return False
    ends = handler.transports.get(handler.client)
    writer = ends.writer if ends else None
    unsent = isinstance(writer, asyncio.StreamWriter) and writer.transport.get_write_buffer_size()
    return bool(unsent or (isinstance(handler, ClientHandler) and handler.hooks))
