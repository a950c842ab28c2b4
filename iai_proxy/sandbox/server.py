"""Runs a sandbox: in the foreground, on a thread, or in its own process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, cast
from urllib.parse import urlsplit

from iai_proxy.errors import IaiProxyError
from iai_proxy.sandbox.app import create_app
from iai_proxy.serving import QuietServer, bound, url_of
from iai_proxy.settings.serving import SandboxSettings

__all__ = ["Sandbox", "SandboxSettings", "running_sandbox", "serve", "spawned_sandbox"]

_DEFAULTS: Final = SandboxSettings()
_NAME: Final = "the sandbox"
_STARTING_S: Final = 20.0
_STOPPING_S: Final = 5.0


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    url: str  # without a slash at the end


def serve(settings: SandboxSettings, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Run a sandbox until Ctrl-C or SIGTERM.

    Args:
        settings: how it behaves.
        host: name or address to listen on.
        port: 0 for any free one.
        ready: called with the URL as soon as it answers.

    Raises:
        UsageError: it can't listen there.
    """
    with bound(host, port, _NAME) as listener:
        _Server(settings, url_of(listener, host), ready).run(sockets=[listener])


@contextmanager
def running_sandbox(
    settings: SandboxSettings = _DEFAULTS, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Sandbox]:
    """Run a sandbox on a thread of this process, for as long as the context lasts.

    Raises:
        UsageError: it can't listen there.
    """
    started = threading.Event()
    with bound(host, port, _NAME) as listener:
        url = url_of(listener, host)
        server = _Server(settings, url, lambda _: started.set())
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        thread.start()
        try:
            if not started.wait(_STARTING_S):
                raise IaiProxyError(f"the sandbox on {url} did not start")
            yield Sandbox(url)
        finally:
            server.should_exit = True
            thread.join(_STOPPING_S)


@contextmanager
def spawned_sandbox(settings: SandboxSettings = _DEFAULTS) -> Iterator[Sandbox]:
    """Run a sandbox in its own process, on any free port.

    It shares no interpreter lock with this process. It ends with the context, and also if this
    process dies: its standard input is a pipe from here, and it stops when that closes. The
    settings go through that pipe too, so that no key shows in the list of processes.

    Raises:
        IaiProxyError: it does not start.
    """
    command = [sys.executable, "-m", "iai_proxy.sandbox", "--listen", "127.0.0.1:0"]
    # Its own session: Ctrl-C is for the parent, which may have calls to finish.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        stdin, stdout = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        try:
            stdin.write(settings.model_dump_json() + "\n")
            stdin.flush()
            url = stdout.readline().strip()
            if not url:
                raise IaiProxyError("the sandbox did not start: see the lines above")
            yield Sandbox(url)
        finally:
            stdin.close()
            try:
                process.wait(_STOPPING_S)
            except subprocess.TimeoutExpired:
                process.kill()


class _Server(QuietServer):
    """A server that can hang up on a client."""

    def __init__(self, settings: SandboxSettings, url: str, ready: Callable[[str], None]) -> None:
        app = create_app(settings, urlsplit(url).hostname or "")
        app.state.hang_up = self._hang_up
        # Clients pause between calls. One whose connection was closed meanwhile retries with a
        # delay.
        super().__init__(app, url, ready, timeout_keep_alive=300, timeout_graceful_shutdown=1)

    def _hang_up(self, client: tuple[str, int]) -> None:
        """Close one client's connection without an answer."""
        for connection in list(self.server_state.connections):
            if (
                getattr(connection, "client", None) == client
                and (transport := connection.transport) is not None
            ):
                transport.abort()
