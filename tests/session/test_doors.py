"""Which hosts a forward proxy opens."""

from __future__ import annotations

import re

import pytest

from iai_proxy.api.hosts import Upstream
from iai_proxy.session.doors import Doors

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


def test_what_a_client_sends_to_its_own_service_is_no_call_for_the_api() -> None:
    doors = Doors(SANDBOX, frozenset({("localhost", 8000)}), tunnels=True)
    for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0"):
        assert not doors.is_api(host, 18900)
        assert not opens(doors, host, 18900)
        assert doors.is_api(host, 9000)
        assert doors.is_api(host, 8000)
    assert doors.is_api("api.inverted.ai", 443)
    assert not doors.is_api("pypi.org", 443)
    assert dials(doors, "127.0.0.1", 9000, leads_here=True)


def test_what_a_recording_names_is_replayed_but_never_dialled() -> None:
    doors = Doors(replayed=frozenset({("localhost", 8000)}))
    assert doors.is_api("127.0.0.1", 8000)
    assert opens(doors, "127.0.0.1", 8000)
    assert not dials(doors, "127.0.0.1", 8000)


@pytest.mark.parametrize(
    ("server", "is_opened"),
    [
        ("api.inverted.ai:443", True),
        ("inverted.ai.:443", True),
        ("eu.api.inverted.ai:8443", True),
        ("notinverted.ai:443", False),
        ("inverted.ai.example:443", False),
        ("staging.example:8443", True),
        ("staging.example:443", False),
        ("stagingXexample:8443", False),
        ("127.0.0.1:9443", True),
        ("127.1.2.3:9443", True),
        ("[::1]:9443", True),
        ("localhost:9443", True),
        ("localhost:443", False),
        ("[::1]:8443", False),
    ],
)
def test_tls_is_opened_to_the_api_and_to_what_is_named(server: str, is_opened: bool) -> None:
    upstream = Upstream.parse("https://staging.example:8443")
    doors = Doors(upstream, frozenset({("localhost", 9443)}), tunnels=True)
    assert any(re.search(pattern, server) for pattern in doors.opened_tls) is is_opened


def test_a_name_that_leads_to_this_machine_counts_as_this_machine() -> None:
    for host in ("rebound.example", "api.inverted.ai", "192.168.7.7"):
        assert dials(Doors(tunnels=True), host)
        assert not dials(Doors(tunnels=True), host, leads_here=True)


def test_the_upstream_may_be_any_host_at_its_port() -> None:
    doors = Doors(Upstream.parse("https://staging.example"))
    assert opens(doors, "staging.example", 443)
    assert dials(doors, "staging.example", 443, leads_here=True)
    assert not opens(doors, "staging.example", 22)


def test_the_sentence_has_the_way_out() -> None:
    assert "--tunnel" in (SHUT.why_closed("pypi.org", 443) or "")
    assert "--upstream http://localhost:22" in (SHUT.why_closed("localhost", 22) or "")
