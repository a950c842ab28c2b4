"""Which hosts a forward proxy opens: the API's and its stand-in; for a wrapped client others too.

Ports of this machine are a matter of their own: what listens there trusts that only programs of
this machine can reach it, and what is sent there is the client's own business. So they are opened
only if the user has named them, and only then what goes there is a call for the API.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from iai_proxy.api.hosts import REAL_DOMAIN, Upstream, is_real_api
from iai_proxy.text import printable

_LOCAL_NAMES: Final = ("localhost", "ip6-localhost", "ip6-loopback")
_LOCAL_SPELLINGS: Final = (
    r"((.+\.)?localhost\.?|ip6-localhost|ip6-loopback|(::ffff:)?(127(\.\d+){3}|0\.0\.0\.0)|::1?)"
)

Server = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Doors:
    """What a forward proxy opens.

    Attributes:
        upstream: where calls for the API go; None for where the client sends them.
        asked: other servers that the user has named.
        tunnels: whether hosts other than the API are passed through, unread.
        replayed: servers whose recorded calls are replayed; nothing is sent to them.
    """

    upstream: Upstream | None = None
    asked: frozenset[Server] = frozenset()
    tunnels: bool = False
    replayed: frozenset[Server] = frozenset()

    def why_closed(self, host: str, port: int) -> str | None:
        """Say why a host that a client names is not opened; None if it is.

        Args:
            host: a name or an address.
            port: of the host.
        """
        if self.is_api(host, port):
            return None
        if is_local(host):
            return _own_port(host, port)
        return None if self.tunnels else _other_host(host, port)

    def why_not_dialled(self, host: str, port: int, leads_here: bool) -> str | None:
        """Say why a connection is not made; None if it is.

        Args:
            host: the server's name or address.
            port: of the server.
            leads_here: whether it turned out to be this machine.
        """
        if _is_one_of((host, port), self._named):
            return None
        if leads_here or is_local(host):
            return _own_port(host, port)
        return None if is_real_api(host) or self.tunnels else _other_host(host, port)

    def is_api(self, host: str, port: int) -> bool:
        """Whether what is sent to a server is a call for the API, or for what stands in for it."""
        return is_real_api(host) or _is_one_of((host, port), self._named | self.replayed)

    @property
    def opened_tls(self) -> list[str]:
        """Regular expressions for the ``host:port`` of the connections whose TLS is opened.

        All other TLS passes through unread, if it passes at all.
        """
        api = rf"^(.+\.)?{re.escape(REAL_DOMAIN)}\.?:\d+$"
        return [api, *(_matching(*server) for server in sorted(self._named | self.replayed))]

    @property
    def _named(self) -> frozenset[Server]:
        upstream = self.upstream
        return self.asked | ({(upstream.host, upstream.port)} if upstream else set())


def is_local(host: str) -> bool:
    """Whether a name or an address is this machine's by itself, whoever is asked."""
    name = host.lower().rstrip(".")
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return is_loopback(name.strip("[]").partition("%")[0])
    except ValueError:
        return False


def is_loopback(address: str) -> bool:
    """Whether an address leads back to this machine.

    Raises:
        ValueError: it is no address.
    """
    number = ipaddress.ip_address(address)
    number = getattr(number, "ipv4_mapped", None) or number
    return number.is_loopback or number.is_unspecified


def named_server(host: str, port: int) -> str:
    """Return a server as sentences name it."""
    name = printable(host[:100])
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _is_one_of(server: Server, others: Iterable[Server]) -> bool:
    return any(_same(server, other) for other in others)


def _same(server: Server, other: Server) -> bool:
    """Whether two servers are the same; names of this machine's loopback stand for each other."""
    if server[1] != other[1]:
        return False
    host, its = server[0].lower().rstrip("."), other[0].lower().rstrip(".")
    return host == its or (is_local(host) and is_local(its))


def _matching(host: str, port: int) -> str:
    """Return what matches ``host:port`` in all spellings of a name of this machine's."""
    names = _LOCAL_SPELLINGS if is_local(host) else re.escape(host)
    return rf"^\[?{names}\]?:{port}$"


def _other_host(host: str, port: int) -> str:
    server = named_server(host, port)
    return (
        f"{server} is not opened: it is not the Inverted AI API, and only a client "
        "that iai-proxy has started may use other hosts (iai-proxy record -- CLIENT); --tunnel "
        "passes them through for all"
    )


def _own_port(host: str, port: int) -> str:
    server = named_server(host, port)
    return (
        f"{server} is not opened: it is a port of this machine, and only those that you name are "
        f"opened; if the API is there, give --upstream http://{server}, or set IAI_DEV_URL where "
        "you start iai-proxy"
    )
