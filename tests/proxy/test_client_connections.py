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
from mitmproxy import http
from support.proxy import RunningProxy, running_proxy

from iai_proxy.client.authority import Authority
from iai_proxy.player.client_programs import ClientPrograms
from iai_proxy.proxy.client_connections import ClientConnections

ASK = """
import socket, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for number in range(int(sys.argv[2])):  # a connection each
    opener.open(sys.argv[1]).read()
"""


@dataclass
class Seen:
    """Addon that answers everything and keeps who asked: (connection, identity)."""

    connections: ClientConnections = field(
        default_factory=lambda: ClientConnections(ClientPrograms())
    )
    senders: list[tuple[str, Hashable]] = field(default_factory=list)

    def request(self, flow: http.HTTPFlow) -> None:
        sender = self.connections.programs.sender(flow.client_conn.id)
        self.senders.append((sender.connection, sender.identity))
        flow.response = http.Response.make(200)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.senders]

    @property
    def identities(self) -> list[Hashable]:
        return [identity for _, identity in self.senders]


@contextmanager
def watched(authority: Authority) -> Iterator[tuple[RunningProxy, Seen]]:
    seen = Seen()
    with running_proxy(authority, lambda: [seen.connections, seen]) as proxy:
        yield proxy, seen


def process(url: str, connections: int = 1) -> None:
    subprocess.run([sys.executable, "-c", ASK, url, str(connections)], check=True)


def test_one_program_with_several_connections_is_one(authority: Authority) -> None:
    with watched(authority) as (proxy, seen):
        process(proxy.reverse, 3)
    assert len(set(seen.names)) == 3
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
    assert seen.identities == seen.names
