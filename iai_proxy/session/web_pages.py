"""Keeps web pages out: a page of any site can make a browser call servers of this machine.

What gives a page away is sent by browsers and can't be left out by pages: ``Origin`` and
``Sec-Fetch-Site`` (Fetch, https://fetch.spec.whatwg.org; W3C Fetch Metadata). A name of the page's
own that leads to this machine (DNS rebinding) makes a browser think that it asks the page's server,
but it still names that server in ``Host``. No SDK and no HTTP library sends any of these by itself.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.api.hosts import is_real_api
from iai_proxy.text import printable

#: Status of a call that has no business here (RFC 9110, section 15.5.20). The SDK does not repeat
#: it.
NOT_HERE: Final = 421

#: A name or an address, and perhaps a port.
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d*)?", re.ASCII)
#: What a browser may say of the site that made it ask: the server's own, or none but its user.
_OWN_SITES: Final = ("same-origin", "none")
#: What containers call the machine that they run on. ``.internal`` is in no public DNS (ICANN).
_FROM_CONTAINERS: Final = ("host.docker.internal", "host.containers.internal")
#: Characters of a header that are shown.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request tells about who makes it.

    Attributes:
        hosts: all that its ``Host`` fields, and in HTTP/2 its ``:authority``, say.
        target: the host, and perhaps the port, that its target names or that its tunnel leads to;
            empty if there is none.
        here: our end of the connection, as an address.
        headers: of the request.
    """

    hosts: tuple[str, ...]
    target: str
    here: str
    headers: Headers


def known_names(*more: str) -> frozenset[str]:
    """Return the names of this machine, and more that its user has given."""
    given = (socket.gethostname(), *_FROM_CONTAINERS, *more)
    return frozenset(name.lower() for name in given if name)


def why_kept_out(caller: Caller, names: frozenset[str]) -> str | None:
    """Say why a request may come from a web page; None if it does not.

    Args:
        caller: who makes the request.
        names: this machine's, and other hosts' that may be meant (:func:`known_names`).
    """
    meant = name_in(caller.target) or None
    for host in caller.hosts:
        name = name_in(host)
        if not (name == meant or is_real_api(name) or is_ours(name, caller.here, names)):
            return (
                f"its Host is {_shown(host)}, which is neither this proxy nor the API (a web page "
                "can have a name that leads here): call the address that iai-proxy listens on"
            )
    for name, value in caller.headers:
        if name.lower() == "origin" and not _is_one_of(value, (*caller.hosts, caller.target)):
            return _of_a_page("Origin", value)
        if name.lower() == "sec-fetch-site" and value.strip().lower() not in _OWN_SITES:
            return _of_a_page("Sec-Fetch-Site", value)
    return None


def name_in(host: str) -> str:
    """Return the name or address in ``HOST:PORT``, in lower case; empty if there is none."""
    found = _HOST.fullmatch(host.lower())
    return found[1].strip("[]").rstrip(".") if found else ""


def is_ours(name: str, here: str, names: frozenset[str]) -> bool:
    """Whether a host can't be a name that someone else has made lead here.

    The port is not compared: a tunnel may have another one at its end.

    Args:
        name: of the host, as :func:`name_in` gives it.
        here: where the server listens, or our end of a connection.
        names: this machine's.
    """
    if name == "localhost" or name.endswith(".localhost") or name in names or name == here:
        return True
    number, local = _number(name), _number(here)
    if local is None or local.is_loopback:
        return number is not None and number.is_loopback
    # From elsewhere, any address leads nowhere else, and no public DNS has names without a dot.
    return number is not None or (bool(name) and "." not in name)


def _is_one_of(origin: str, hosts: Iterable[str]) -> bool:
    """Whether an origin is that of the server itself."""
    given = origin.strip().lower()
    return any(given in (f"http://{host.lower()}", f"https://{host.lower()}") for host in hosts)


def _number(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _of_a_page(header: str, value: str) -> str:
    return (
        f"a web page makes this call ({header}: {_shown(value)}), and no page of another site may "
        "use this proxy: call it from a program"
    )


def _shown(value: str) -> str:
    return printable(value[:_SHOWN]) or "empty"
