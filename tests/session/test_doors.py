"""Which hosts a forward proxy opens."""

from __future__ import annotations

import pytest

from iai_proxy.api.hosts import Upstream
from iai_proxy.session.doors import Doors, asked_servers

SANDBOX = Upstream.parse("http://127.0.0.1:9000")
SHUT = Doors()


def opens(doors: Doors, host: str, port: int = 443) -> bool:
    return doors.why_closed(host, port) is None


def dials(doors: Doors, host: str, port: int = 443, *, leads_here: bool = False) -> bool:
    return doors.why_not_dialled(host, port, leads_here) is None


def test_the_api_is_opened_and_no_other_host() -> None:
    assert opens(SHUT, "api.inverted.ai")
    assert opens(SHUT, "API.inverted.ai.")
    for host in ("pypi.org", "inverted.ai.example", "evilinverted.ai", "192.0.2.7"):
        assert not opens(SHUT, host)
        assert opens(Doors(tunnels=True), host)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "0.0.0.0", "::ffff:127.0.0.1"]
)
def test_ports_of_this_machine_are_opened_only_if_they_are_named(host: str) -> None:
    assert not opens(Doors(tunnels=True), host, 22)
    assert not dials(Doors(tunnels=True), host, 22)
    assert opens(Doors(asked=frozenset({("localhost", 22)})), host, 22)
    assert dials(Doors(asked=frozenset({("localhost", 22)})), host, 22)
    assert not dials(Doors(asked=frozenset({("localhost", 22)})), host, 23)


def test_a_call_for_a_development_server_may_name_any_port_since_the_upstream_gets_it() -> None:
    doors = Doors(SANDBOX, tunnels=True)
    assert opens(doors, "localhost", 8000)
    assert not dials(doors, "localhost", 8000)
    assert dials(doors, "localhost", 9000)
    assert dials(doors, "127.0.0.1", 9000, leads_here=True)


def test_a_name_that_leads_to_this_machine_counts_as_this_machine() -> None:
    for host in ("rebound.example", "api.inverted.ai", "192.168.7.7"):
        assert dials(Doors(tunnels=True), host)
        assert not dials(Doors(tunnels=True), host, leads_here=True)


def test_the_upstream_may_be_any_host_at_its_port() -> None:
    doors = Doors(Upstream.parse("https://staging.example"))
    assert opens(doors, "staging.example", 443)
    assert dials(doors, "staging.example", 443, leads_here=True)
    assert not opens(doors, "staging.example", 22)


@pytest.mark.parametrize(
    ("environ", "servers"),
    [
        ({}, set()),
        ({"IAI_DEV": "0"}, set()),
        ({"IAI_DEV": "1"}, {("localhost", 8000)}),  # as the SDK has it
        ({"IAI_DEV": "1", "IAI_DEV_URL": "http://127.0.0.1:81/v0"}, {("127.0.0.1", 81)}),
        ({"IAI_DEV_URL": "https://dev.example"}, {("dev.example", 443)}),
        ({"IAI_DEV_URL": "nonsense"}, set()),
    ],
)
def test_the_development_server_of_a_client_is_asked_for(
    environ: dict[str, str], servers: set[tuple[str, int]]
) -> None:
    assert asked_servers(environ) == servers


def test_the_sentence_has_the_way_out() -> None:
    assert "--tunnel" in (SHUT.why_closed("pypi.org", 443) or "")
    assert "--upstream http://localhost:22" in (SHUT.why_closed("localhost", 22) or "")
