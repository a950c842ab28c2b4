"""HTTP servers of our own: where they listen, when they are ready, how they end."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from iai_proxy.errors import UsageError


class QuietServer(uvicorn.Server):
    """Uvicorn that says when it is ready, and ends quietly on a signal.

    Args:
        app: the ASGI application.
        url: where it listens.
        ready: called with the URL as soon as it answers.
        options: of uvicorn's own configuration.
    """

    def __init__(self, app: Any, url: str, ready: Callable[[str], None], **options: Any) -> None:
        quiet = {
            "http": "h11",
            "lifespan": "off",
            "log_level": "warning",
            "access_log": False,
            "server_header": False,
        }
        super().__init__(uvicorn.Config(app, **{**quiet, **options}))
        self._url = url
        self._tell_ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then call ``ready``."""
        await super().startup(sockets)
        self._tell_ready(self._url)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on signals that ask to end, and end normally; uvicorn's own would die of them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            if signal.getsignal(number) is not signal.SIG_IGN  # as under nohup
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def bound(host: str, port: int, what: str) -> Iterator[socket.socket]:
    """Have a socket that is bound to an address, for a server to listen on.

    Args:
        host: name or address.
        port: 0 for any free one.
        what: the server, as messages call it.

    Raises:
        UsageError: it can't listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets that name their protocol. Without it, a client that
    # delays its acknowledgements waits 40 ms for every answer written in two pieces.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, port))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"{what} can't listen on {host}:{port} ({error}); "
                "give another address with --listen HOST:PORT"
            ) from error
        yield made


def url_of(bound_socket: socket.socket, host: str) -> str:
    """Return the URL of a server that listens there, without a slash at the end."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{bound_socket.getsockname()[1]}"
