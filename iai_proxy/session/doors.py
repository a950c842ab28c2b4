"""Which hosts a forward proxy opens: the API's and its stand-in; for a wrapped client others too.

Ports of this machine are a matter of their own: what listens there trusts that only programs of
this machine can reach it. So they are opened only if the user has named them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from iai_proxy.api.hosts import Upstream, is_real_api
from iai_proxy.client.environment import TRUE
from iai_proxy.errors import UsageError
from iai_proxy.text import printable

#: Where the SDK looks for a development server (``IAI_DEV=1``) unless it is told.
_DEV_URL: Final = "http://localhost:8000"
_LOCAL_NAMES: Final = ("localhost", "ip6-localhost", "ip6-loopback")

Server = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Doors:
    """What a forward proxy opens.

    Attributes:
        upstream: where calls for the API go; None for where the client sends them.
        asked: other servers that the user has named.
        tunnels: whether hosts other than the API are passed through, unread.
    """

    upstream: Upstream | None = None
    asked: frozenset[Server] = frozenset()
    tunnels: bool = False

    def why_closed(self, host: str, port: int) -> str | None:
        """Say why a host that a client names is not opened; None if it is.

        Args:
            host: a name or an address.
            port: of the host.
        """
        if is_real_api(host) or self._is_named(host, port):
            return None
        if is_local(host):  # calls for the API are sent on to the upstream, whatever they name
            return None if self.upstream else _own_port(host, port)
        return None if self.tunnels else _other_host(host, port)

    def why_not_dialled(self, host: str, port: int, leads_here: bool) -> str | None:
        """Say why a connection is not made; None if it is.

        Args:
            host: the server's name or address.
            port: of the server.
            leads_here: whether it turned out to be this machine.
        """
        if self._is_named(host, port):
            return None
        if leads_here or is_local(host):
            return _own_port(host, port)
        return None if is_real_api(host) or self.tunnels else _other_host(host, port)

    def is_upstream(self, host: str, port: int) -> bool:
        """Whether a server is the upstream."""
        upstream = self.upstream
        return upstream is not None and _same((host, port), (upstream.host, upstream.port))

    def _is_named(self, host: str, port: int) -> bool:
        server = (host, port)
        return self.is_upstream(host, port) or any(_same(server, asked) for asked in self.asked)


def asked_servers(environ: Mapping[str, str]) -> frozenset[Server]:
    """Return the development server that a client's environment names, if it names one."""
    url = environ.get("IAI_DEV_URL", "")
    if not url and environ.get("IAI_DEV", "").lower() in TRUE:
        url = _DEV_URL
    try:
        server = Upstream.parse(url)
    except UsageError:  # none is named, or the client will say what is wrong with it
        return frozenset()
    return frozenset({(server.host, server.port)})


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


def _same(server: Server, other: Server) -> bool:
    """Whether two servers are the same; names of this machine's loopback stand for each other."""
    if server[1] != other[1]:
        return False
    host, its = server[0].lower().rstrip("."), other[0].lower().rstrip(".")
    return host == its or (is_local(host) and is_local(its))


def _other_host(host: str, port: int) -> str:
    return (
        f"{_named(host, port)} is not opened: it is not the Inverted AI API, and only a client "
        "that iai-proxy has started may use other hosts (iai-proxy record -- CLIENT); --tunnel "
        "passes them through for all"
    )


def _own_port(host: str, port: int) -> str:
    return (
        f"{_named(host, port)} is not opened: it is a port of this machine, and only those that "
        "you name are opened; if the API is there, give --upstream "
        f"http://{_named(host, port)}, or set IAI_DEV_URL where you start iai-proxy"
    )


def _named(host: str, port: int) -> str:
    name = printable(host[:100])
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
