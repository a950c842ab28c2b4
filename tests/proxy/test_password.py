"""The password of the proxy: any characters, and nothing that mitmproxy would read into them."""

from __future__ import annotations

import asyncio

import requests
from mitmproxy.proxy import mode_specs
from mitmproxy.test import taddons, tflow

from iai_proxy.proxy.password import PasswordAuth
from iai_proxy.session.password_pauses import Guest, PasswordPauses


def status_for(addon: PasswordAuth, header: str) -> int | None:
    flow = tflow.tflow()
    flow.client_conn.proxy_mode = mode_specs.ProxyMode.parse("regular")
    flow.request.headers["proxy-authorization"] = header
    with taddons.context(addon):
        asyncio.run(addon.requestheaders(flow))
    return flow.response.status_code if flow.response else None


def test_colons_belong_to_the_password() -> None:
    addon = PasswordAuth("me:a:b:c", PasswordPauses(first_s=0))
    # What requests sends stands for what clients send.
    assert status_for(addon, requests.auth._basic_auth_str("me", "a:b:c")) is None
    assert status_for(addon, requests.auth._basic_auth_str("me", "a:b")) == 407
    assert status_for(addon, requests.auth._basic_auth_str("me:a", "b:c")) is None  # RFC 7617


def test_what_mitmproxy_takes_for_a_file_or_for_everyone_is_a_password_like_any() -> None:
    for password in ("@file:x", "ldap:x", "any:x"):
        user, _, secret = password.partition(":")
        addon = PasswordAuth(password, PasswordPauses(first_s=0))
        assert status_for(addon, requests.auth._basic_auth_str(user, secret)) is None
        assert status_for(addon, requests.auth._basic_auth_str("someone", "else")) == 407


def test_credentials_that_can_not_be_read_are_none() -> None:
    addon = PasswordAuth("me:pass", PasswordPauses(first_s=0))
    for header in ("", "Basic", "Basic ?", "Bearer bWU6cGFzcw==", "Basic //79/A=="):
        assert status_for(addon, header) == 407


def test_wrong_passwords_are_followed_by_a_pause_that_no_connection_escapes() -> None:
    waits: list[float | None] = []

    class Noting(PasswordPauses):
        def tried(self, guest: Guest, *, is_right: bool) -> float | None:
            waits.append(super().tried(guest, is_right=is_right))
            return 0.0

    addon = PasswordAuth("me:pass", Noting(lambda: 0.0))
    for _ in range(3):
        assert status_for(addon, "Basic bWU6d3Jvbmc=") == 407
    assert status_for(addon, requests.auth._basic_auth_str("me", "pass")) is None
    assert waits == [0, 0.25, 0.75, 1.75]


def test_a_password_that_is_not_looked_at_is_refused_though_it_is_right() -> None:
    class Full(PasswordPauses):
        def tried(self, guest: Guest, *, is_right: bool) -> float | None:
            return None

    flow = tflow.tflow()
    flow.client_conn.proxy_mode = mode_specs.ProxyMode.parse("regular")
    flow.request.headers["proxy-authorization"] = requests.auth._basic_auth_str("me", "pass")
    asyncio.run(PasswordAuth("me:pass", Full()).requestheaders(flow))
    assert flow.response
    assert flow.response.status_code == 407
    assert "too many wrong passwords" in flow.response.text


def test_a_connection_that_has_given_the_password_does_not_wait_for_what_others_try() -> None:
    asked: list[Guest] = []

    class Noting(PasswordPauses):
        def tried(self, guest: Guest, *, is_right: bool) -> float | None:
            asked.append(guest)
            return 0.0

    addon = PasswordAuth("me:pass", Noting())
    client = tflow.tclient_conn()
    client.proxy_mode = mode_specs.ProxyMode.parse("regular")
    for _ in range(3):
        flow = tflow.tflow(client_conn=client)
        flow.request.headers["proxy-authorization"] = requests.auth._basic_auth_str("me", "pass")
        asyncio.run(addon.requestheaders(flow))
        assert flow.response is None
        assert "proxy-authorization" not in flow.request.headers
    assert len(asked) == 1


def test_a_client_without_credentials_is_told_at_once_and_in_a_sentence() -> None:
    flow = tflow.tflow()
    flow.client_conn.proxy_mode = mode_specs.ProxyMode.parse("reverse:http://a")
    asyncio.run(PasswordAuth("me:pass").requestheaders(flow))
    assert flow.response
    assert flow.response.status_code == 401
    assert flow.response.text.startswith("iai-proxy: ")
    assert flow.response.headers["www-authenticate"].startswith("Basic ")
