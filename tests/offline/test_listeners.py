"""Where the server listens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from support.offline import FREE, ByHand

from iai_proxy.client.authority import Authority
from iai_proxy.client.leaves import Leaves
from iai_proxy.errors import UsageError
from iai_proxy.offline import OfflineServer
from iai_proxy.offline.listeners import listeners_on, name_of
from iai_proxy.settings.listen import Address, Listening


@pytest.fixture
def taken() -> Iterator[Address]:
    """An address that someone else listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield Address(*server.getsockname())


@pytest.mark.parametrize("flag", ["--listen", "--reverse-listen"])
def test_an_address_that_is_taken_is_refused_with_its_flag(
    authority: Authority, taken: Address, flag: str
) -> None:
    pair = (taken, FREE) if flag == "--listen" else (FREE, taken)
    server = OfflineServer(Listening(*pair), ByHand(), Leaves(authority))
    reason = "address already in use"
    with pytest.raises(
        UsageError,
        match=rf"^can't listen on {taken} \({reason}\): choose another address with {flag}; ",
    ):
        server.start()


def test_a_name_that_is_no_address_is_refused() -> None:
    with ExitStack() as opened, pytest.raises(UsageError, match=r"can't listen on no\.such\.host"):
        listeners_on(Address("no.such.host.invalid", 0), "--listen", opened)


@pytest.mark.parametrize("listening", [Listening(FREE, None), Listening(None, FREE)])
def test_only_what_was_asked_for_is_listened_on(authority: Authority, listening: Listening) -> None:
    server = OfflineServer(listening, ByHand(), Leaves(authority))
    bound = server.start()
    assert (bound.forward is None) == (listening.forward is None)
    assert (bound.reverse is None) == (listening.reverse is None)
    (address,) = filter(None, (bound.forward, bound.reverse))
    socket.create_connection((address.host, address.port)).close()
    server.stop()


def test_a_port_that_was_just_left_can_be_listened_on_again(authority: Authority) -> None:
    address = FREE
    for _ in range(2):
        server = OfflineServer(Listening(None, address), ByHand(), Leaves(authority))
        address = server.start().reverse or FREE
        with socket.create_connection((address.host, address.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            while client.recv(65536):
                pass
        server.stop()


def test_all_that_localhost_stands_for_is_listened_on_at_one_port() -> None:
    with ExitStack() as opened:
        listeners = listeners_on(Address("localhost", 0), "--listen", opened)
        bound = name_of(listeners)
        assert bound
        assert {listener.getsockname()[1] for listener in listeners} == {bound.port}
        socket.create_connection(("localhost", bound.port)).close()


def test_ipv6_is_listened_on_where_there_is_any() -> None:
    with ExitStack() as opened:
        try:
            listeners = listeners_on(Address("::1", 0), "--listen", opened)
        except UsageError as error:
            pytest.skip(str(error))
        bound = name_of(listeners)
        assert bound
        socket.create_connection(("::1", bound.port)).close()
