"""How requests are sent to servers over HTTP/1."""

from __future__ import annotations

import pytest
from mitmproxy import http
from mitmproxy.connection import Client, Server
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._events import RequestData, RequestEndOfMessage, RequestHeaders

from iai_proxy.proxy.http1_connections import AnsweringConnection


def sent(request: http.Request, *, via: bool = False) -> bytes:
    client = Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), timestamp_start=0)
    context = Context(client, Options())
    context.server = Server(address=("api.inverted.ai", 80))
    context.server.via = ("http", ("proxy", 8080)) if via else None
    connection = AnsweringConnection(context)
    content = request.raw_content or b""
    steps: list[events.Event] = [events.Start(), RequestHeaders(1, request, not content)]
    if content:
        steps.append(RequestData(1, content))
    steps.append(RequestEndOfMessage(1))
    done = [command for step in steps for command in connection.handle_event(step)]
    return b"".join(command.data for command in done if isinstance(command, commands.SendData))


def asked(body: bytes = b"", version: str = "HTTP/1.1", **headers: str) -> http.Request:
    made = http.Request.make("POST", "http://api.inverted.ai/test", body, headers)
    made.headers.pop("content-length", None)
    made.headers.update(headers)
    made.authority, made.http_version = "api.inverted.ai", version
    return made


@pytest.mark.parametrize(
    ("via", "line"),
    [(False, b"POST /test HTTP/1.1"), (True, b"POST http://api.inverted.ai/test HTTP/1.1")],
)
def test_only_a_proxy_is_told_the_host_by_the_target(via: bool, line: bytes) -> None:
    assert sent(asked(), via=via).split(b"\r\n")[0] == line


def test_a_body_of_http_2_gets_its_length() -> None:
    data = sent(asked(b"GET / HTTP/1.1\r\n\r\n", "HTTP/2.0"))
    assert b"\r\ncontent-length: 18\r\n" in data.lower()
    assert data.endswith(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n")


def test_what_is_sent_is_not_what_is_recorded() -> None:
    request = asked(b"{}", "HTTP/2.0")
    sent(request)
    assert "content-length" not in request.headers
