"""Which program is at the other end: through a real proxy, with real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import psutil
import pytest
from mitmproxy import connection, http
from mitmproxy.test import tflow
from support.proxy import RunningProxy, running_proxy

from iai_proxy.client.authority import Authority
from iai_proxy.proxy.client_programs import ClientPrograms

ASK = """
import socket, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for number in range(int(sys.argv[2])):  # a connection each
    opener.open(sys.argv[1]).read()
"""


@dataclass
class Seen:
    """Addon that answers everything and keeps who asked: (connection, identity)."""

    programs: ClientPrograms = field(default_factory=ClientPrograms)
    senders: list[tuple[str, Hashable]] = field(default_factory=list)

    def request(self, flow: http.HTTPFlow) -> None:
        sender = self.programs.sender(flow.client_conn)
        self.senders.append((sender.connection, sender.identity))
        flow.response = http.Response.make(200)

    @property
    def connections(self) -> list[str]:
        return [name for name, _ in self.senders]

    @property
    def identities(self) -> list[Hashable]:
        return [identity for _, identity in self.senders]


@contextmanager
def watched(authority: Authority) -> Iterator[tuple[RunningProxy, Seen]]:
    seen = Seen()
    with running_proxy(authority, lambda: [seen.programs, seen]) as proxy:
        yield proxy, seen


def process(url: str, connections: int = 1) -> None:
    subprocess.run([sys.executable, "-c", ASK, url, str(connections)], check=True)


def test_one_program_with_several_connections_is_one(authority: Authority) -> None:
    with watched(authority) as (proxy, seen):
        process(proxy.reverse, 3)
    assert len(set(seen.connections)) == 3
    assert len(set(seen.identities)) == 1


def test_two_programs_are_told_apart(authority: Authority) -> None:
    with watched(authority) as (proxy, seen):
        process(proxy.reverse, 2)
        process(proxy.reverse, 2)
    first, also_first, second, also_second = seen.identities
    assert first == also_first != second == also_second


def test_a_program_is_its_process_and_when_it_began(authority: Authority) -> None:
    with watched(authority) as (proxy, seen):
        with proxy.client() as tunnelled:  # over TLS, through the forward proxy
            tunnelled.get("https://api.inverted.ai/v0/aws/m1")
        with httpx.Client(trust_env=False) as plain:
            plain.get(proxy.reverse)
    me = ("process", os.getpid(), psutil.Process().create_time())
    assert seen.identities == [me, me]


def test_a_kept_connection_is_looked_up_once(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    real = psutil.net_connections

    def counted(kind: str) -> object:
        looked.append(kind)
        return real(kind=kind)

    monkeypatch.setattr(psutil, "net_connections", counted)
    with watched(authority) as (proxy, seen), httpx.Client(trust_env=False) as plain:
        for _ in range(5):
            plain.get(proxy.reverse)
    assert len(seen.senders) == 5
    assert len(looked) == 1


@pytest.mark.parametrize(
    "error", [psutil.AccessDenied(1), psutil.NoSuchProcess(1), PermissionError("no")]
)
def test_a_program_that_may_not_be_looked_at_is_its_connection(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refused(kind: str) -> object:
        raise error

    monkeypatch.setattr(psutil, "net_connections", refused)
    with watched(authority) as (proxy, seen):
        process(proxy.reverse, 2)
    assert len(set(seen.identities)) == 2
    assert seen.identities == seen.connections


def client(peer: tuple[str, int] | None, name: str = "c") -> connection.Client:
    made = tflow.tflow().client_conn
    made.id = name
    made.peername = peer  # type: ignore[assignment]
    made.sockname = ("127.0.0.1", 8080)
    return made


def test_on_another_machine_it_is_the_machine() -> None:
    addon = ClientPrograms()
    clients = [
        client(("192.0.2.7", 4000), "a"),
        client(("192.0.2.7", 4001), "b"),
        client(("192.0.2.8", 4000), "c"),
    ]
    for made in clients:
        addon.client_connected(made)
    assert [addon.sender(made).identity for made in clients] == [
        ("machine", "192.0.2.7"), ("machine", "192.0.2.7"), ("machine", "192.0.2.8"),
    ]  # fmt: skip
    addon.done()


@pytest.mark.parametrize("peer", [None, ("127.0.0.1", 1), ("::1", 1), ("fe80::1%eth0", 9)])
def test_a_connection_without_a_process_has_an_identity_all_the_same(
    peer: tuple[str, int] | None,
) -> None:
    addon = ClientPrograms()
    made = client(peer)
    addon.client_connected(made)
    expected = ("machine", "fe80::1%eth0") if peer and peer[0].startswith("fe80") else "c"
    assert addon.sender(made).identity == expected
    addon.done()


def test_a_connection_that_was_never_announced_or_has_gone_is_itself() -> None:
    addon = ClientPrograms()
    made = client(("192.0.2.7", 4000))
    assert addon.sender(made).identity == "c"
    addon.client_connected(made)
    assert addon.sender(made).identity == ("machine", "192.0.2.7")
    addon.client_disconnected(made)
    addon.client_disconnected(made)
    assert addon.sender(made).identity == "c"
    addon.done()
