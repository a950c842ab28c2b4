"""Keeps tests off the network, and finds out who else does.

Only Python's own sockets are watched: a child process, or a library that opens sockets by itself,
is not.
"""

from __future__ import annotations

import _socket
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from iai_proxy.errors import IaiProxyError, UsageError

#: What the names of the proxy's own threads begin with (`iai_proxy.proxy.background` names them):
#: they may connect, since a recording can't be made otherwise. A replay opens nothing by itself.
_EXEMPT: Final = "iai-proxy"
_ADVICE: Final = (
    "give the test a recording (@pytest.mark.iai_recording), or run without --iai-block-network"
)


class NetworkBlockedError(IaiProxyError):
    """A test tried to leave this machine.

    Not an `OSError`, on purpose: the SDK takes those for a bad connection and tries again for ever.
    """


@contextmanager
def blocked_network() -> Iterator[None]:
    """Let sockets of this process connect only to this machine while the block runs.

    Raises, when a connection is tried:
        NetworkBlockedError: the host is another machine.
    """
    before = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    _patch(_guarded(before[0]), _guarded(before[1]), _guarded_lookup(before[2]))
    try:
        yield
    finally:
        _patch(*before)


def check_sockets(*, recording: bool) -> None:
    """Make sure that the proxy can do its work with what others have done to `socket`.

    Args:
        recording: whether the proxy will have to reach the API.

    Raises:
        UsageError: it can't; the sentence says how to run pytest instead.
    """
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
            client.connect(server.getsockname())
            server.accept()[0].close()
    except Exception as error:
        raise UsageError(
            f"the proxy can't use sockets of this machine ({error}): with pytest-socket, run "
            "`pytest --disable-socket --allow-hosts=127.0.0.1`; with pytest-recording's "
            "--block-network, add --allowed-hosts=127.0.0.1"
        ) from error
    if recording and not _may_leave():
        raise UsageError(
            "recording has to reach the API, and something keeps the sockets of this process on "
            "this machine: run without pytest-socket's --disable-socket and --allow-hosts (or with "
            "--force-enable-socket), and without pytest-recording's --block-network. "
            "--iai-block-network is no obstacle"
        )


def _may_leave() -> bool:
    connect = socket.socket.connect
    return connect is _socket.socket.connect or hasattr(connect, "iai_proxy_exempts")


def _patch(connect: Any, connect_ex: Any, getaddrinfo: Any) -> None:
    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = getaddrinfo


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any, *rest: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(address[0])
        return connect(self, address, *rest)

    guarded.iai_proxy_exempts = _EXEMPT  # type: ignore[attr-defined]
    return guarded


def _guarded_lookup(getaddrinfo: Callable[..., Any]) -> Callable[..., Any]:
    """Guard the look-up too: only it knows the host's name, and it leaves this machine itself."""

    def guarded(host: Any, *rest: Any, **options: Any) -> Any:
        _check(host)
        return getaddrinfo(host, *rest, **options)

    return guarded


def _check(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if _is_here(name) or threading.current_thread().name.startswith(_EXEMPT):
        return
    raise NetworkBlockedError(
        f"a test tried to connect to {name}, and the network is blocked: {_ADVICE}"
    )


def _is_here(host: str | None) -> bool:
    """Whether a host is this machine, as it also is if no name is given."""
    if not host or host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
