"""Which program is at the other end of a connection."""

from __future__ import annotations

import os
import socket
import time

import psutil
import pytest

from iai_proxy.client.program import ConnectionOwners

HERE = ("127.0.0.1", 8080)


def test_a_program_of_this_machine_is_its_process_and_when_it_began() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as theirs,
        server.accept()[0] as ours,
    ):
        found = ConnectionOwners().program(
            theirs.getsockname(), ours.getsockname(), time.monotonic()
        )
    assert found == ("process", os.getpid(), psutil.Process().create_time())


@pytest.mark.parametrize("peer", [("192.0.2.7", 4000), ("192.0.2.7", 4001)])
def test_a_program_of_another_machine_is_that_machine(peer: tuple[str, int]) -> None:
    assert ConnectionOwners().program(peer, HERE, time.monotonic()) == ("machine", "192.0.2.7")


@pytest.mark.parametrize("peer", [None, ("127.0.0.1", 1), ("::1", 1)])
def test_a_connection_without_a_process_is_unknown(peer: tuple[str, int] | None) -> None:
    assert ConnectionOwners().program(peer, HERE, time.monotonic()) is None
