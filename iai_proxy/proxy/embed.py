"""Runs mitmproxy inside this process, with only the addons that we need.

mitmproxy's ``ctx`` is global: one proxy a process.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitmproxy import ctx
from mitmproxy.addons import disable_h2c, next_layer, proxyserver
from mitmproxy.certs import DEFAULT_DHPARAM
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy import mode_specs

from iai_proxy.api.bounds import MOST_BODY
from iai_proxy.api.hosts import REAL_API, Upstream
from iai_proxy.client.files import put
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.proxy import client_handler
from iai_proxy.proxy.addon_index import indexed_addons
from iai_proxy.proxy.doorkeeper import Addressees, DiallingGuard, Doorkeeper, NoWebPages
from iai_proxy.proxy.http_stream import install
from iai_proxy.proxy.quickack import QuickAck
from iai_proxy.proxy.tls_config import TlsConfig
from iai_proxy.saying import hidden
from iai_proxy.session.doors import Doors, Server
from iai_proxy.session.password_pauses import PasswordPauses
from iai_proxy.session.web_pages import known_names
from iai_proxy.settings.listen import Address, Bound, Listening, cant_listen


@dataclass(frozen=True, slots=True)
class ProxySpec:
    """How mitmproxy is set up.

    Attributes:
        listening: where it listens.
        ca_folder: holds ``mitmproxy-ca.pem``, which signs for the hosts it names.
        upstream: where requests for the API go; None for the API itself.
        upstream_ca: roots to check the upstream's certificate against; None for the usual ones.
        most_body: bytes that a body may have on its way.
        asked: other servers that the user has named: only they are opened on this machine.
        tunnels: whether the TLS of other hosts is passed through, unread.
        replayed: servers whose recorded calls are replayed; nothing is sent to them.
        tell: is given a sentence for each host that is not opened.
        wrong_password: is given the address of each wrong password.
    """

    listening: Listening
    ca_folder: Path
    upstream: Upstream | None = None
    upstream_ca: Path | None = None
    most_body: int = MOST_BODY
    asked: frozenset[Server] = frozenset()
    tunnels: bool = False
    replayed: frozenset[Server] = frozenset()
    tell: Callable[[str], None] = lambda _: None
    wrong_password: Callable[[str], None] = lambda _: None

    @property
    def doors(self) -> Doors:
        """What the forward listener opens."""
        return Doors(self.upstream, self.asked, self.tunnels, self.replayed)

    @property
    def names(self) -> frozenset[str]:
        """The hosts that calls may name, besides the API's."""
        listening = (self.listening.forward, self.listening.reverse)
        hosts = [address.host for address in listening if address]
        return known_names(*hosts, *([self.upstream.host] if self.upstream else []))


async def run_proxy(
    spec: ProxySpec, addons: Sequence[Any], job: Callable[[Bound], Awaitable[int]]
) -> int:
    """Run a proxy while ``job`` runs, and return what that returns.

    Args:
        spec: the set-up.
        addons: ours, called in this order.
        job: called once every listener is bound.

    Raises:
        UsageError: an address can't be listened on.
    """
    started = _Started()
    master = _master(spec, [*addons, started])
    running = asyncio.create_task(master.run())
    try:
        waited: list[asyncio.Future[Any]] = [running, started.bound]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
            raise IaiProxyError("the proxy stopped before it was ready")
        return await job(started.bound.result())
    finally:
        proxy = master.addons.get("proxyserver")
        # mitmproxy leaves its listeners to the garbage collector, and its connections too.
        await proxy.servers.update([])
        await _hang_up(proxy)
        master.shutdown()
        await running


async def _hang_up(proxy: proxyserver.Proxyserver) -> None:
    """Close the connections of all clients, and wait until mitmproxy has noticed."""
    for client in list(proxy.connections):
        close_client(proxy, client)
    for _ in range(100):
        if not proxy.connections:
            return
        await asyncio.sleep(0.01)


def close_client(proxy: proxyserver.Proxyserver, client: tuple[Any, ...] | str) -> None:
    """Close one client's connection."""
    handler = proxy.connections.get(client)
    if handler is not None:
        for endpoint, transport in list(handler.transports.items()):
            if endpoint is handler.client and transport.writer is not None:
                transport.writer.close()


def _master(spec: ProxySpec, addons: Sequence[Any]) -> Master:
    _keep_private(spec.ca_folder)
    install()
    client_handler.install()
    upstream = spec.upstream or Upstream.parse(REAL_API)
    options = Options(
        mode=_modes(spec.listening, upstream),
        confdir=str(spec.ca_folder),
        allow_hosts=spec.doors.opened_tls,
    )
    master = Master(options)
    master.addons = indexed_addons(master)
    master.addons.add(
        Addressees(spec.doors),
        NoWebPages(spec.names),
        *_password_auth(spec.listening.password, spec.wrong_password),
        disable_h2c.DisableH2C(),
        proxyserver.Proxyserver(),
        next_layer.NextLayer(),
        TlsConfig(),
        QuickAck(),
        Doorkeeper(spec.doors, spec.tell),
        *addons,
        DiallingGuard(spec.doors, spec.tell),
    )
    # Options belong to addons, so they can only be set now. Lazy: CONNECT must not connect before a
    # hook has decided, and a request may be for another upstream than its tunnel names. rawtcp:
    # what is not HTTP in a tunnel to the API would pass unread.
    options.update(connection_strategy="lazy", upstream_cert=False, rawtcp=False)
    options.update(body_size_limit=str(spec.most_body))
    if spec.upstream_ca:
        options.update(ssl_verify_upstream_trusted_ca=str(spec.upstream_ca))
    return master


def _keep_private(ca_folder: Path) -> None:
    """Make the file that mitmproxy would make beside our CA, but readable by all."""
    file = ca_folder / "mitmproxy-dhparam.pem"
    if not file.exists():
        put(file, DEFAULT_DHPARAM)


def _password_auth(password: str | None, tell: Callable[[str], None]) -> list[Any]:
    """Return the addon that asks for a password; it comes with ldap3 and passlib."""
    if not password:
        return []
    from iai_proxy.proxy.password import PasswordAuth

    return [PasswordAuth(password, PasswordPauses(tell=tell))]


def _modes(listening: Listening, upstream: Upstream) -> list[str]:
    modes = []
    if listening.forward:
        modes.append(f"regular@{_spelled(listening.forward)}")
    if listening.reverse:
        modes.append(f"reverse:{upstream.origin}@{_spelled(listening.reverse)}")
    return modes


def _spelled(address: Address) -> str:
    """Write an address as mitmproxy's modes have it: IPv6 without brackets."""
    return f"{address.host}:{address.port}"


class _Started:
    """Addon that waits until every listener is bound, or finds out why one can't be."""

    def __init__(self) -> None:
        self.bound: asyncio.Future[Bound] = asyncio.get_running_loop().create_future()

    def running(self) -> None:
        """Look at every listener."""
        try:
            self.bound.set_result(_bound())
        except UsageError as error:
            self.bound.set_exception(error)


def _bound() -> Bound:
    forward = reverse = None
    for server in ctx.master.addons.get("proxyserver").servers:
        is_reverse = isinstance(server.mode, mode_specs.ReverseMode)
        if server.last_exception is not None or not server.listen_addrs:
            flag = "--reverse-listen" if is_reverse else "--listen"
            wanted = Address(
                server.mode.custom_listen_host or "127.0.0.1", server.mode.custom_listen_port or 0
            )
            raise cant_listen(wanted, _reason(server.last_exception), flag)
        host, port, *_ = server.listen_addrs[0]
        if is_reverse:
            reverse = Address(host, port)
        else:
            forward = Address(host, port)
    return Bound(forward, reverse)


def _reason(error: BaseException | None) -> str:
    """Say why an address can't be listened on."""
    number = getattr(error, "errno", None) or 0
    # A name look-up's numbers are below 0, and mitmproxy puts its reason behind a text of its own.
    return os.strerror(number) if number > 0 else str(error).rpartition("] ")[2]


class MitmproxyLog(logging.Handler):
    """Shows mitmproxy's own log to the user: only errors, unless ``verbose``."""

    def __init__(self, say: Callable[[str], None], *, verbose: bool) -> None:
        super().__init__(logging.DEBUG if verbose else logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record; hang up on a client whose connection mitmproxy has lost track of.

        On what it does not implement, such as HTTP/1 trailers, mitmproxy logs "has crashed" and
        leaves the client waiting for ever.
        """
        if "has crashed" in record.getMessage():
            proxy = ctx.master.addons.get("proxyserver")
            for identity, handler in list(proxy.connections.items()):
                if handler.client.peername == getattr(record, "client", None):
                    close_client(proxy, identity)
        if record.name != "mitmproxy.addons.proxyserver":  # we report "failed to listen" ourselves
            self._say(hidden(f"{record.name}: {record.getMessage()}"))
