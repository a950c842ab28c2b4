"""Which program is at the other end of a connection."""

from __future__ import annotations

import pytest

from iai_proxy.player import Peer
from iai_proxy.player.client_programs import ClientPrograms


def client(address: tuple[str, int] | None, name: str = "c") -> Peer:
    return Peer(name, address, ("127.0.0.1", 8080))


def test_on_another_machine_it_is_the_machine() -> None:
    programs = ClientPrograms()
    clients = [
        client(("192.0.2.7", 4000), "a"),
        client(("192.0.2.7", 4001), "b"),
        client(("192.0.2.8", 4000), "c"),
    ]
    for made in clients:
        programs.connected(made)
    assert [programs.sender(made.connection).identity for made in clients] == [
        ("machine", "192.0.2.7"), ("machine", "192.0.2.7"), ("machine", "192.0.2.8"),
    ]  # fmt: skip
    programs.close()


@pytest.mark.parametrize("peer", [None, ("127.0.0.1", 1), ("::1", 1), ("fe80::1%eth0", 9)])
def test_a_connection_without_a_process_has_an_identity_all_the_same(
    peer: tuple[str, int] | None,
) -> None:
    programs = ClientPrograms()
    made = client(peer)
    programs.connected(made)
    expected = ("machine", "fe80::1%eth0") if peer and peer[0].startswith("fe80") else "c"
    assert programs.sender(made.connection).identity == expected
    programs.close()


def test_a_connection_that_was_never_announced_or_has_gone_is_itself() -> None:
    programs = ClientPrograms()
    made = client(("192.0.2.7", 4000))
    assert programs.sender(made.connection).identity == "c"
    programs.connected(made)
    assert programs.sender(made.connection).identity == ("machine", "192.0.2.7")
    programs.disconnected(made.connection)
    programs.disconnected(made.connection)
    assert programs.sender(made.connection).identity == "c"
    programs.close()
