"""Smuggled requests: the offline server refuses the shapes that the recorder refuses."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from support.offline import Served, served
from support.smuggling import PASSED, REFUSED
from support.tries import Tries

from iai_proxy.client.authority import Authority
from iai_proxy.settings.listen import Address

CONNECT = b"CONNECT api.inverted.ai:443 HTTP/1.1\r\nHost: api.inverted.ai\r\n\r\n"


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[Served]:
    with served(authority) as running:
        yield running


def sent(running: Served, data: bytes, *, tunnel: bool) -> bytes:
    """Return all that a client gets for given bytes."""
    with _tunnel(running) if tunnel else _connected(running.reverse) as client:
        client.sendall(data)
        return b"".join(iter(lambda: client.recv(65536), b""))


def _connected(address: Address) -> socket.socket:
    return socket.create_connection((address.host, address.port), timeout=20)


def _tunnel(running: Served) -> ssl.SSLSocket:
    plain = _connected(running.forward)
    plain.sendall(CONNECT)
    assert plain.recv(65536).startswith(b"HTTP/1.1 200 ")
    return running.trusting.wrap_socket(plain, server_hostname="api.inverted.ai")


@pytest.mark.parametrize("tunnel", [False, True])
@pytest.mark.parametrize("shape", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(
    running: Served, shape: str, tunnel: bool, tries: Tries
) -> None:
    before = len(running.player.requests)
    head, _, body = sent(running, REFUSED[shape], tunnel=tunnel).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body.startswith(b"iai-proxy: the request can't be read: ")
    assert len(running.player.requests) == before
    tries.note("smuggling", 1)


@pytest.mark.parametrize("tunnel", [False, True])
@pytest.mark.parametrize("shape", PASSED)
def test_what_can_be_read_in_one_way_is_answered(
    running: Served, shape: str, tunnel: bool, tries: Tries
) -> None:
    data, count = PASSED[shape]
    before = len(running.player.requests)
    assert sent(running, data, tunnel=tunnel).count(b"HTTP/1.1 200 ") == count
    assert len(running.player.requests) == before + count
    tries.note("smuggling", 1)
