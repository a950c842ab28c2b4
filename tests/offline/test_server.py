"""The server as a whole: real clients, many at once, and how it ends."""

from __future__ import annotations

import ast
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request as UrllibRequest
from urllib.request import urlopen

import httpx
import pytest
import requests
from support.offline import Served, plain, served
from support.proxy import PreferringHttp2

import iai_proxy.offline
from iai_proxy.api import Request
from iai_proxy.client.authority import Authority
from iai_proxy.player import Reply

API = "https://api.inverted.ai/v0/aws/m1"
BODY = os.urandom(160_000).hex().encode()  # about a call of 100 agents


def by_requests(running: Served) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{API}/drive",
            data=BODY,
            proxies={"https": running.forward.url},
            verify=str(running.authority.path),
        ).content


def by_httpx(running: Served) -> bytes:
    context = PreferringHttp2(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(running.authority.path)
    with httpx.Client(
        proxy=running.forward.url, verify=context, trust_env=False, http2=True
    ) as client:
        response = client.post(f"{API}/drive", content=iter([BODY[:9], BODY[9:]]))  # in chunks
    assert response.http_version == "HTTP/1.1"
    return response.content


def by_curl(running: Served) -> bytes:
    return subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--fail", "--noproxy", ""),
            *("--proxy", running.forward.url, "--cacert", running.authority.path),
            *("--data-binary", "@-", f"{API}/drive"),
        ],
        input=BODY,
        capture_output=True,
        check=True,
    ).stdout


def by_urllib_in_reverse(running: Served) -> bytes:
    with urlopen(UrllibRequest(f"{running.reverse.url}/drive", data=BODY)) as response:
        return bytes(response.read())


@pytest.mark.parametrize("ask", [by_requests, by_httpx, by_curl, by_urllib_in_reverse])
def test_clients_get_their_answers(running: Served, ask: Callable[[Served], bytes]) -> None:
    assert ask(running) == BODY
    (request,) = running.player.requests
    assert (request.host, request.body) == ("api.inverted.ai", BODY)


def test_curl_may_speak_tls_to_the_proxy_too(running: Served) -> None:
    answer = subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--fail", "--noproxy", ""),
            *("--proxy", f"https://localhost:{running.forward.port}"),
            *("--proxy-cacert", running.authority.path, "--cacert", running.authority.path),
            *("--resolve", f"localhost:{running.forward.port}:127.0.0.1"),
            f"{API}/test",
        ],
        capture_output=True,
        check=True,
    ).stdout
    assert answer == b"answer"


def test_clients_with_the_password_are_let_in(authority: Authority) -> None:
    with served(authority, password="me:p@ss") as running, requests.Session() as session:
        session.trust_env = False
        session.verify = str(authority.path)
        url = running.forward.url_with("me:p@ss")
        assert session.get(f"{API}/test", proxies={"https": url}).content == b"answer"
        with pytest.raises(requests.exceptions.ProxyError, match="407"):
            session.get("https://localhost/", proxies={"https": running.forward.url})


def test_fifty_connections_at_once_each_get_their_answer(authority: Authority) -> None:
    together = threading.Barrier(50)

    def reply(request: Request) -> Reply:
        together.wait(60)  # all of them are open
        return plain(request.body)

    with served(authority, reply) as running, ThreadPoolExecutor(50) as pool:

        def ask(number: int) -> bytes:
            body = b"%d" % number * 10_000
            with httpx.Client(verify=running.trusting, proxy=running.forward.url) as client:
                return client.post(f"{API}/drive", content=body, timeout=60).content

        answers = list(pool.map(ask, range(50)))
    assert answers == [b"%d" % number * 10_000 for number in range(50)]


def test_a_connection_too_many_is_told_so_until_there_is_room(authority: Authority) -> None:
    with served(authority, most=2) as running:
        address = running.reverse.host, running.reverse.port
        kept = [socket.create_connection(address) for _ in range(2)]
        with httpx.Client() as client:
            for other in kept:  # so that it is certain that they were counted
                other.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert other.recv(1)
            refused = client.post(running.reverse.url, content=BODY)
        assert refused.status_code == 424
        assert refused.text.startswith("iai-proxy: 2 connections are open")
        with pytest.raises(requests.exceptions.ProxyError, match="424"):
            by_requests(running)
        while len(running.player.peers) > 2:  # those that were refused are not kept
            time.sleep(0.01)
        assert not running.player.requests[2:]
        for other in kept:
            other.close()
        assert running.player.gone.wait(20)
        assert by_requests(running) == BODY


@pytest.mark.parametrize("ways", [1, 30])
def test_it_ends_with_idle_connections_and_leaves_no_thread(
    authority: Authority, ways: int
) -> None:
    with served(authority) as running:
        address = running.reverse.host, running.reverse.port
        kept = [socket.create_connection(address) for _ in range(ways)]
        for client in kept:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.recv(1)
    assert not _threads()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    for client in kept:
        client.close()


def test_what_is_being_answered_when_it_ends_is_answered(authority: Authority) -> None:
    asked = threading.Event()

    def reply(request: Request) -> Reply:
        asked.set()
        return plain(BODY, delay_s=60.0)  # the end cuts the delay short

    with served(authority, reply) as running, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(by_requests, running)
        assert asked.wait(20)
        running.server.stop()
        assert answer.result(20) == BODY
    assert not _threads()


def test_a_client_that_never_ends_its_request_does_not_hold_up_the_end(
    authority: Authority,
) -> None:
    with served(authority) as running:
        client = socket.create_connection((running.reverse.host, running.reverse.port))
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        other = socket.create_connection((running.forward.host, running.forward.port))
        other.sendall(b"\x16")
        while len(running.player.peers) < 2:
            time.sleep(0.01)
    assert not _threads()
    for kept in (client, other):
        kept.close()


def test_it_may_be_stopped_twice_and_before_it_is_started(authority: Authority) -> None:
    with served(authority) as running:
        running.server.stop()
    iai_proxy.offline.OfflineServer(
        running.server._listening, running.player, running.server._house.certificates
    ).stop()


def test_peers_have_their_addresses_and_names_of_their_own(running: Served) -> None:
    kept = []
    for address in (running.forward, running.reverse):
        client = socket.create_connection((address.host, address.port))
        kept.append(client)
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1)
    forward, reverse = running.player.peers.values()
    assert forward.connection != reverse.connection
    assert (forward.reverse, reverse.reverse) == (False, True)
    assert [peer.address for peer in (forward, reverse)] == [c.getsockname() for c in kept]
    assert [peer.here for peer in (forward, reverse)] == [c.getpeername() for c in kept]
    for client in kept:
        client.close()


#: What a program can reach others with.
_DIALS = {"connect", "connect_ex", "create_connection", "open_connection", "sendto", "urlopen"}


def test_nothing_in_the_room_connects_to_anything() -> None:
    for file in Path(iai_proxy.offline.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text())
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not (used | named) & _DIALS, file


_WATCHED = """
import sys, threading
dialled = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "subprocess.Popen"):
        dialled.append((threading.current_thread().name, event))
sys.addaudithook(watch)

from pathlib import Path
from iai_proxy.client.authority import Authority
from support.offline import served
import iai_proxy.offline
assert not {"mitmproxy", "asyncio", "cryptography"} & _loaded_before
import requests

with served(Authority.ensure(Path(sys.argv[1]))) as running:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(running.authority.path)
    proxies = {"http": running.forward.url, "https": running.forward.url}
    for url in ("https://api.inverted.ai/drive", "http://localhost/", "http://example.com/"):
        session.post(url, data=b"x" * 100000, proxies=proxies)
    try:
        session.get("https://example.com/", proxies=proxies)
    except requests.exceptions.ProxyError:
        pass
    session.post(running.reverse.url, data=b"x")
    assert len(running.player.requests) == 3, running.player.requests
assert dialled, "the client's own are seen"
assert {name for name, _ in dialled} == {"MainThread"}, dialled
"""


def test_no_thread_of_the_server_connects_while_it_serves(tmp_path: Path) -> None:
    before = (
        # On Python 3.12 it loads asyncio, for a decorator; what else loads it is ours.
        "import sys, pydantic.main, pydantic_core.core_schema\n"
        "_of_pydantic = set(sys.modules)\n"
        "import iai_proxy.offline\n"
        "_loaded_before = {name.partition('.')[0] for name in {*sys.modules} - _of_pydantic}\n"
    )
    subprocess.run(
        [sys.executable, "-c", before + _WATCHED, str(tmp_path / "ca")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        timeout=120,
    )


OF_SERVER = ("iai-proxy-listener", "iai-proxy-client-")


def _threads() -> list[str]:
    """Return the names of servers' threads; others, which start processes, last longer."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(OF_SERVER)]
