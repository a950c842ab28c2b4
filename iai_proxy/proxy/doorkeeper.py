"""Addons that say who may use the proxy and what it opens: not web pages, not other hosts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from mitmproxy import connection, ctx, http
from mitmproxy.net.http.url import hostport
from mitmproxy.proxy import mode_specs, server_hooks

from iai_proxy.proxy.capture import headers_of, is_for_api, note_for_api
from iai_proxy.proxy.fail_closed import fail_closed_at_once, refuse
from iai_proxy.proxy.named_hosts import named_by
from iai_proxy.session.doors import Doors, is_loopback
from iai_proxy.session.web_pages import NOT_HERE, Caller, why_kept_out

#: A port to name where none matters (RFC 863).
_DISCARD: Final = 9


class Addressees:
    """Notes which calls are for the API. Put it first, as the others go by that.

    Args:
        doors: name what stands in for the API.
    """

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    @fail_closed_at_once
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Look whom a request is for."""
        note_for_api(flow, self._doors)


class NoWebPages:
    """Refuses calls that a web page makes. Put it before what asks for a password.

    Args:
        names: this machine's, and the upstream's.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    @fail_closed_at_once
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Refuse a call to the API, or one that is not for a proxy at all."""
        if flow.response is not None:
            return
        caller = _caller(flow)
        # What a browser may do on its way to another host, that host decides. Without a target, a
        # request is no proxy's, and so meant for this machine.
        is_ours = is_for_api(flow) or (_is_forward(flow.client_conn) and not caller.target)
        sentence = why_kept_out(caller, self._names) if is_ours else None
        if sentence:
            refuse(flow, NOT_HERE, sentence)


def _caller(flow: http.HTTPFlow) -> Caller:
    """Return what a request tells about who makes it."""
    client, (authority, hosts) = flow.client_conn, named_by(flow.request)
    here = str((client.sockname or ("127.0.0.1",))[0])
    headers = headers_of(flow.request)
    tunnel = flow.server_conn.address if _is_forward(client) else None
    if _is_forward(client) and not tunnel:
        return Caller(hosts, authority, here, headers)
    named = (authority, *hosts) if authority else hosts  # of HTTP/2, say
    return Caller(named, hostport("", *tunnel[:2]) if tunnel else "", here, headers)


class Doorkeeper:
    """Refuses tunnels and requests to hosts that a forward proxy does not open.

    Args:
        doors: what it opens.
        tell: is given the sentence for each, as few clients show it for a tunnel.
    """

    def __init__(self, doors: Doors, tell: Callable[[str], None]) -> None:
        self._doors = doors
        self._tell = tell

    @fail_closed_at_once
    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a tunnel."""
        self._keep(flow)

    @fail_closed_at_once
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Refuse a request."""
        if _is_forward(flow.client_conn):
            self._keep(flow)

    def _keep(self, flow: http.HTTPFlow) -> None:
        if flow.response is None:
            sentence = self._doors.why_closed(flow.request.host, flow.request.port)
            if sentence:
                self._tell(sentence)
                refuse(flow, NOT_HERE, sentence)


class DiallingGuard:
    """Looks where connections lead before they are made, and after. Put it last.

    Args:
        doors: what may be dialled.
        tell: is given the sentence for each host that may not.
    """

    def __init__(self, doors: Doors, tell: Callable[[str], None]) -> None:
        self._doors = doors
        self._tell = tell

    async def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Refuse a connection to a host that is not opened, whatever its name is."""
        if data.server.error or not data.server.address:
            return
        host, port = data.server.address[:2]
        try:
            leads_here = await _leads_here(host, port)
            sentence = self._doors.why_not_dialled(host, port, leads_here)
        except Exception as error:
            sentence = f"can't tell where {host} leads: {error!r}"
        if sentence:
            self._tell(sentence)
            data.server.error = f"iai-proxy: {sentence}"

    def server_connected(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Hang up, before a byte is sent, if a name has come to lead here after all."""
        server = data.server
        if not server.address or not server.peername:
            return
        host, port = server.address[:2]
        here = is_this_machine(server.peername[0])
        if self._doors.why_not_dialled(host, port, here):
            _hang_up(data)


def is_this_machine(address: str) -> bool:
    """Whether an address is one of this machine's."""
    address = address.partition("%")[0]
    if is_loopback(address):
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, _DISCARD))  # sends nothing, but chooses our end
            return bool(probe.getsockname()[0] == address)
    except OSError:  # there is no way to it
        return False


async def _leads_here(host: str, port: int) -> bool:
    """Whether any address of a host is this machine's; not if it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False  # nor can it be dialled, which the client is told then
    return any(is_this_machine(str(address[0])) for *_, address in found)


def _hang_up(data: server_hooks.ServerConnectionHookData) -> None:
    handler = ctx.master.addons.get("proxyserver").connections.get(data.client.id)
    transport = handler.transports.get(data.server) if handler else None
    if transport is not None and transport.writer is not None:
        transport.writer.transport.abort()


def _is_forward(client: connection.Client) -> bool:
    return isinstance(client.proxy_mode, mode_specs.RegularMode | mode_specs.UpstreamMode)
