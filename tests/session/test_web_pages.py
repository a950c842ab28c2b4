"""Who is kept out: what browsers send is as the Fetch standard and W3C Fetch Metadata have it."""

from __future__ import annotations

import socket

import pytest

from iai_proxy.session.web_pages import NOT_HERE, Caller, known_names, why_kept_out

PUBLIC = "192.0.2.7"


def kept_out(*hosts: str, target: str = "", here: str = "127.0.0.1", **headers: str) -> bool:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return (
        why_kept_out(Caller(hosts, target, here, fields), known_names("given.example")) is not None
    )


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST.",
        "127.0.0.1:1",
        "127.8.9.1",
        "[::1]:8000",
        "iai.localhost",
        "api.inverted.ai",
        "api.inverted.ai:443",
        "given.example:8000",
        "host.docker.internal:8000",
        socket.gethostname(),
    ],
)
def test_the_names_of_this_machine_and_of_the_api_are_let_in(host: str) -> None:
    assert not kept_out(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.nip.io:8000",
        "inverted.ai.evil.example",
        "evilinverted.ai",
        "evil",
        "192.0.2.7:8000",
        "[2001:db8::1]",
        "localhost@evil.example",
        "localhost evil",
        "0x7f.1",
        "",
    ],
)
def test_a_name_that_someone_else_can_have_made_lead_here_is_kept_out(host: str) -> None:
    assert kept_out(host)


def test_each_of_several_hosts_counts() -> None:
    assert kept_out("localhost", "evil.example")
    assert not kept_out()  # HTTP/1.0; no browser leaves Host out


def test_from_other_machines_any_address_and_any_name_without_a_dot_leads_here() -> None:
    for host in (f"{PUBLIC}:8000", "proxy:8000", "10.1.2.3"):
        assert not kept_out(host, here=PUBLIC)
    assert kept_out("evil.example", here=PUBLIC)


def test_the_host_that_a_forward_proxy_is_asked_for_may_stand_in_host() -> None:
    assert not kept_out("pypi.org", target="pypi.org:443")
    assert kept_out("evil.example", target="api.inverted.ai:443")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:3000",  # another program of this machine
        "https://api.inverted.ai",
        "http://localhost:8000.evil.example",
        "chrome-extension://abc",
        "",
    ],
)
def test_a_page_of_another_origin_is_kept_out(origin: str) -> None:
    assert kept_out("localhost:8000", origin=origin)


def test_a_page_of_the_same_origin_is_let_in() -> None:
    assert not kept_out("localhost:8000", Origin="http://localhost:8000")
    assert not kept_out("api.inverted.ai", Origin="https://api.inverted.ai", target="x")


@pytest.mark.parametrize(
    ("site", "out"),
    [
        ("cross-site", True),
        ("same-site", True),
        ("same-origin", False),
        ("none", False),
        ("?", True),
    ],
)
def test_what_a_browser_says_of_the_site_counts(site: str, out: bool) -> None:
    assert kept_out("localhost", sec_fetch_site=site) is out


def test_what_node_says_of_itself_is_no_page() -> None:
    assert not kept_out("localhost", sec_fetch_mode="cors")  # undici, without an origin or a site


def test_what_a_page_has_written_is_shown_without_effect_on_a_terminal() -> None:
    sentence = why_kept_out(Caller(("\x1b[31m" + "a" * 500,), "", "127.0.0.1", ()), frozenset())
    assert sentence
    assert "\x1b" not in sentence
    assert len(sentence) < 300


def test_the_sdk_does_not_repeat_what_is_kept_out() -> None:
    sdk = pytest.importorskip("invertedai")
    assert NOT_HERE not in sdk.session.status_force_list
