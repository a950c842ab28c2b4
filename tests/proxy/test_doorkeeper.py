"""Doors at real listeners, recording and replaying: what a web page or a stranger's tunnel gets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from types import SimpleNamespace

import httpx
import pytest
from mitmproxy.proxy import server_hooks
from mitmproxy.test import tflow
from support.large_rig import Rig
from support.proxy import API, RunningProxy, Upstreamed, counting_server, running_proxy
from support.tries import Tries
from support.ways import MITMPROXY, OFFLINE

from iai_proxy.client.authority import Authority
from iai_proxy.proxy.doorkeeper import DiallingGuard, is_this_machine
from iai_proxy.session.doors import Doors

#: What a browser sends for a page of another site, a link, a picture, a form, a web socket.
PAGES: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Sec-Fetch-Site": "same-site"},
    {
        "Origin": "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
        "Content-Type": "text/plain",
    },
    {
        "Origin": "https://evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    },
    {"Host": "evil.example:8000"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
)
METHODS = ("GET", "POST", "OPTIONS", "HEAD")


@pytest.fixture
def recorded(rig: Rig) -> Rig:
    rig.upstream.answer = lambda _: (200, {"content-type": "application/json"}, b'{"a": 1}')
    with rig.recording() as proxy, proxy.client() as client:
        for path in ("drive", "test"):
            assert client.get(f"{API}/{path}").status_code == 200
    rig.upstream.requests.clear()
    return rig


@contextlib.contextmanager
def serving(rig: Rig, how: str) -> Iterator[RunningProxy]:
    """Serve in one of the ways: recording, forwarding replay, offline replay."""
    if how == "record":
        with rig.recording() as proxy:
            yield proxy
        return
    rig.way = OFFLINE if how == "offline" else MITMPROXY
    with rig.replaying(misses_go_on=how == "forward") as proxy:
        yield proxy


def sent(address: str, request: bytes) -> bytes:
    """Send a request as it stands; return its answer."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(request)
        answer = HTTPResponse(raw)
        answer.begin()
        return f"{answer.status} {answer.reason} ".encode() + answer.read()


@pytest.mark.xdist_group("doors")
@pytest.mark.parametrize("how", ["record", "forward", "offline"])
def test_no_web_page_can_use_it(recorded: Rig, how: str, tries: Tries) -> None:
    before, count = len(recorded.exchanges()), 0
    with serving(recorded, how) as proxy:
        listeners = {  # a browser that is set to use a proxy sends the last two
            f"{proxy.reverse}/drive": httpx.Client(trust_env=False),
            f"{proxy.forward}/drive": httpx.Client(trust_env=False),
            f"{API}/drive": proxy.client(),
            "http://api.inverted.ai/drive": proxy.client(),
        }
        for url, client in listeners.items():
            with client:
                for page in PAGES:
                    for method in METHODS:
                        answer = client.request(method, url, headers=page)
                        assert answer.status_code == 421, (url, page, method, answer.text)
                        assert answer.headers["x-iai-proxy"] == "refused"
                        assert "access-control-allow-origin" not in answer.headers
                        count += 1
    assert not recorded.upstream.requests
    assert len(recorded.exchanges()) == before
    tries.note("web pages", count)


@pytest.mark.parametrize("how", ["record", "forward", "offline"])
def test_what_sdks_send_is_let_in(recorded: Rig, how: str) -> None:
    with serving(recorded, how) as proxy:
        port = proxy.reverse.rpartition(":")[2]
        for head in (
            f"Host: localhost:{port}\r\n",
            "Host: localhost\r\n",  # the C++ SDK: no port (session.cc)
            f"Host: 127.0.0.1:{port}\r\n",
            "Host: api.inverted.ai\r\n",
            "Host: localhost\r\nSec-Fetch-Mode: cors\r\n",  # fetch of Node
            f"Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n",
        ):
            request = f"GET /drive HTTP/1.1\r\n{head}Connection: close\r\n\r\n"
            assert sent(proxy.reverse, request.encode()).startswith(b"200 "), head


@pytest.mark.parametrize(
    "request_line",
    [
        "CONNECT pypi.org:443",
        "CONNECT 192.0.2.1:443",
        "CONNECT localhost:22",
        "CONNECT [::1]:22",
        "CONNECT 127.0.0.1:22",
        "CONNECT 127.1:22",
        "GET http://pypi.org/",
        "GET http://127.0.0.1:22/",
        "GET http://localhost:22/",
        "GET http://[::ffff:127.0.0.1]:22/",
        "GET http://0.0.0.0:22/",
        "GET http://api.inverted.ai.example/",
    ],
)
def test_a_forward_listener_opens_no_other_host(authority: Authority, request_line: str) -> None:
    said: list[str] = []
    with running_proxy(authority, list, tunnels=False, tell=said.append) as proxy:
        answer = sent(proxy.forward, f"{request_line} HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(b"421 Misdirected Request ")
    assert b"is not opened" in answer
    assert len(said) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "[::ffff:127.0.0.1]"])
@pytest.mark.parametrize("ours", [True, False])
def test_no_tunnel_leads_to_a_port_of_this_machine(
    authority: Authority, upstream: Upstreamed, host: str, ours: bool
) -> None:
    # With an upstream, calls to a development server are sent there; nothing else may leave.
    with (
        counting_server() as other,
        running_proxy(authority, list, upstream.url if ours else None, tunnels=True) as proxy,
    ):
        port = other.url.rpartition(":")[2]
        connect = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
        address = proxy.forward.removeprefix("http://").split(":")
        with socket.create_connection((address[0], int(address[1])), timeout=20) as raw:
            raw.sendall(connect.encode())
            if b" 200 " in raw.recv(4096):
                with contextlib.suppress(OSError):
                    raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    raw.recv(4096)
        sent(proxy.forward, f"GET http://{host}:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert other.connections == 0
    assert not upstream.requests


def test_the_development_server_of_the_client_is_opened(
    authority: Authority, upstream: Upstreamed
) -> None:
    server = ("localhost", int(upstream.url.rpartition(":")[2]))
    with (
        running_proxy(authority, list, asked=frozenset({server})) as proxy,
        proxy.client() as client,
    ):
        assert client.get(f"{upstream.url}/drive").status_code == 200


def test_the_listeners_of_the_proxy_itself_are_ports_like_any(authority: Authority) -> None:
    with running_proxy(authority, list) as proxy, proxy.client() as client:
        for url in (proxy.forward, proxy.reverse):
            assert client.get(url).status_code == 421


def test_what_is_sent_to_the_upstream_by_its_name_is_recorded(rig: Rig) -> None:
    rig.upstream.answer = lambda _: (200, {}, b"{}")
    # 127.0.0.1 by a name that is none of the API's: the recorder has only --upstream to know it by.
    rig.upstream.url = rig.upstream.url.replace("127.0.0.1", "127.1")
    with rig.recording() as proxy, proxy.client() as client:
        assert client.get(f"{rig.upstream.url}/test").status_code == 200
    assert [exchange.request.host for exchange in rig.exchanges()] == ["127.1"]


def dialled(doors: Doors, host: str, port: int = 443) -> str | None:
    said: list[str] = []
    server = tflow.tserver_conn()
    server.error, server.address, server.timestamp_start = None, (host, port), None
    data = server_hooks.ServerConnectionHookData(client=tflow.tclient_conn(), server=server)
    asyncio.run(DiallingGuard(doors, said.append).server_connect(data))
    assert len(said) == (data.server.error is not None)
    return data.server.error


@pytest.mark.parametrize("name", ["127.1", "0", "2130706433", "0x7f000001", socket.gethostname()])
def test_a_name_that_turns_out_to_be_this_machine_is_not_dialled(name: str) -> None:
    with contextlib.suppress(OSError):
        socket.getaddrinfo(name, 1)
        assert "a port of this machine" in (dialled(Doors(tunnels=True), name) or "")


def test_other_machines_are_dialled_only_where_tunnels_are_open() -> None:
    assert dialled(Doors(tunnels=True), "192.0.2.1") is None
    assert "--tunnel" in (dialled(Doors(), "192.0.2.1") or "")


def test_the_addresses_of_this_machine_are_known() -> None:
    for address in ("127.0.0.1", "127.3.2.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"):
        assert is_this_machine(address)
    with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # its own end is the address of a card
        assert is_this_machine(probe.getsockname()[0])
    assert not is_this_machine("192.0.2.1")


def test_a_connection_that_has_come_to_lead_here_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, ended = tflow.tserver_conn(), []
    server.address, server.peername = ("rebound.example", 22), ("127.0.0.1", 22)
    data = server_hooks.ServerConnectionHookData(client=tflow.tclient_conn(), server=server)
    writer = SimpleNamespace(transport=SimpleNamespace(abort=lambda: ended.append(True)))
    handler = SimpleNamespace(transports={server: SimpleNamespace(writer=writer)})
    proxyserver = SimpleNamespace(connections={data.client.id: handler})
    monkeypatch.setattr(
        "iai_proxy.proxy.doorkeeper.ctx",
        SimpleNamespace(master=SimpleNamespace(addons={"proxyserver": proxyserver})),
    )
    DiallingGuard(Doors(tunnels=True), print).server_connected(data)
    assert ended == [True]
