from __future__ import annotations

import socket
import threading

import pytest

from iai_proxy.errors import UsageError
from iai_proxy.testing.network import NetworkBlockedError, blocked_network, check_sockets

ELSEWHERE = ("192.0.2.1", 9)  # reserved for documentation (RFC 5737): no one has it


def test_this_machine_may_be_reached_by_address_name_and_file() -> None:
    with blocked_network(), socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, port)).close()
        one, other = socket.socketpair()
        one.close()
        other.close()


@pytest.mark.parametrize("how", ["connect", "connect_ex"])
def test_another_machine_may_not_and_is_named(how: str) -> None:
    with (
        blocked_network(),
        socket.socket() as client,
        pytest.raises(NetworkBlockedError, match=r"connect to 192\.0\.2\.1"),
    ):
        getattr(client, how)(ELSEWHERE)


def test_names_are_not_looked_up() -> None:
    with blocked_network():
        for host in ("api.inverted.ai", b"api.inverted.ai"):
            with pytest.raises(
                NetworkBlockedError, match=r"connect to api\.inverted\.ai, .*--iai-block-network"
            ):
                socket.getaddrinfo(host, 443)


def test_the_error_is_no_os_error_which_the_sdk_would_retry_for_ever() -> None:
    assert not issubclass(NetworkBlockedError, OSError)


def test_everything_is_as_before_afterwards() -> None:
    before = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    with pytest.raises(ZeroDivisionError), blocked_network():
        raise ZeroDivisionError
    assert (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo) == before


def test_threads_of_the_proxy_are_exempt() -> None:
    came: list[object] = []

    def go() -> None:
        with socket.socket() as client:
            client.setblocking(False)
            came.append(client.connect_ex(ELSEWHERE))

    with blocked_network():
        thread = threading.Thread(target=go, name="iai-proxy-loop")
        thread.start()
        thread.join()
    assert isinstance(came[0], int)


def test_sockets_that_others_have_blocked_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    check_sockets(recording=True)
    with blocked_network():
        check_sockets(recording=True)
    connect = socket.socket.connect

    def others_connect(*args: object) -> None:
        connect(*args)

    monkeypatch.setattr(socket.socket, "connect", others_connect)
    check_sockets(recording=False)
    with pytest.raises(UsageError, match="recording has to reach the API"):
        check_sockets(recording=True)

    def refuse(*_: object) -> None:
        raise RuntimeError("no sockets here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(
        UsageError, match=r"sockets of this machine \(no sockets here\).*--allow-hosts=127"
    ):
        check_sockets(recording=False)
