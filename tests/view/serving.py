"""The page's server, on a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.serving import QuietServer, bound, url_of
from iai_proxy.view.app import create_app
from iai_proxy.view.checking import Checker
from iai_proxy.view.reader import Reader
from iai_proxy.view.shelf import Shelf


@contextmanager
def served(*paths: Path, check: bool = False) -> Iterator[str]:
    """Serve files, and give the URL of the start page."""
    shelf = Shelf([Reader(path) for path in paths], Checker(ALL) if check else None)
    ready = threading.Event()
    with bound("127.0.0.1", 0, "the test's server") as listener:
        url = f"{url_of(listener, '127.0.0.1')}/"
        server = QuietServer(create_app(shelf), url, lambda _: ready.set(), lifespan="on")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert ready.wait(20)
            yield url
        finally:
            shelf.end_streams()
            server.should_exit = True
            thread.join(20)
