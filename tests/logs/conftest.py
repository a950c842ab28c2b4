"""The real SDK in this process, kept from the network, a tiny server that answers it, its logs."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from logs.imports import LARGE, PLAIN, Log, logged

from iai_proxy.sandbox.server import Sandbox

PROXY_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


class ApiServer(ThreadingHTTPServer):
    """Answers each path from ``answers`` (a list item by item), and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Any] = {}
        self.queries: list[str] = []
        self.bodies: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ApiServer

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.queries.append(query)
        self._answer(path)

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(self.path)

    def _answer(self, path: str) -> None:
        answer = self.server.answers[path]
        body = json.dumps(answer.pop(0) if isinstance(answer, list) else answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def sdk() -> Iterator[Any]:
    """The SDK, imported with nothing set that would make it call the API or write a log."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IAI_")] + list(
            PROXY_VARIABLES
        ):
            patch.delenv(name, raising=False)
        patch.setenv("MPLBACKEND", "Agg")
        yield pytest.importorskip("invertedai")


@pytest.fixture
def api(sdk: Any) -> Iterator[ApiServer]:
    """A server that the SDK's session talks to."""
    server = ApiServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    before = sdk.session.base_url
    sdk.session.base_url = server.url
    try:
        yield server
    finally:
        sdk.session.base_url = before
        sdk.session.session.close()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def plain_log(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Log:
    return logged(tmp_path_factory.mktemp("plain"), sandbox, PLAIN)


@pytest.fixture(scope="session")
def large_log(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Log:
    return logged(tmp_path_factory.mktemp("large"), sandbox, LARGE)
