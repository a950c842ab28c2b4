"""Runs the page's server in the foreground."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from iai_proxy.errors import InputError
from iai_proxy.saying import say
from iai_proxy.serving import QuietServer, bound, url_of
from iai_proxy.session.notices import Notices
from iai_proxy.session.password_pauses import PasswordPauses
from iai_proxy.settings.serving import ViewSettings
from iai_proxy.view.app import create_app
from iai_proxy.view.checking import Checker
from iai_proxy.view.reader import Reader
from iai_proxy.view.shelf import Shelf


def serve(paths: Sequence[Path], settings: ViewSettings, ready: Callable[[str], None]) -> None:
    """Show files until Ctrl-C or SIGTERM.

    Args:
        paths: of the files; they need not be there yet.
        settings: how.
        ready: called with the URL as soon as it answers.

    Raises:
        UsageError: it can't listen there, or not without a password.
        InputError: there is a single file, and nothing of it can be shown; or a file that is not
            there yet can't come, as there is no folder for it.
    """
    address = settings.address
    checker = Checker(settings.chosen_checks, settings.ego) if settings.check else None
    with bound(address.host, address.port, "the page's server") as listener:
        _refuse_no_folder(paths)
        readers = [Reader(path) for path in paths]
        if len(readers) == 1:
            _refuse_unreadable(readers[0])
        # No browser finds the way to all addresses of this machine.
        shown = socket.gethostname() if address.is_unspecified else address.host
        shelf = Shelf(readers, checker)
        pauses = PasswordPauses(tell=Notices(say).wrong_password)
        app = create_app(shelf, address.host, settings.password, pauses)
        _Server(shelf, app, url_of(listener, shown), ready).run(sockets=[listener])


class _Server(QuietServer):
    """A server that ends its streams when it is told to stop: it would wait for them."""

    def __init__(self, shelf: Shelf, app: Any, url: str, ready: Callable[[str], None]) -> None:
        super().__init__(app, f"{url}/", ready, lifespan="on", timeout_graceful_shutdown=1)
        self._shelf = shelf
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._shelf.end_streams)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._shelf.end_streams()
        await super().shutdown(sockets)


def _refuse_no_folder(paths: Iterable[Path]) -> None:
    for path in paths:
        if not path.parent.is_dir():
            raise InputError(f"there is no {path}, as there is no folder {path.parent}")


def _refuse_unreadable(reader: Reader) -> None:
    """Say at once what is wrong with the only file, instead of on its page.

    Raises:
        InputError: it is there, and nothing of it can be shown.
    """
    if reader.path.exists():
        reader.look()
        if reader.trouble:
            reader.close()
            raise InputError(reader.trouble)
