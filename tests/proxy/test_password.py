"""The password of the proxy: any characters, and nothing that mitmproxy would read into them."""

from __future__ import annotations

import asyncio

import requests
from mitmproxy.proxy import mode_specs
from mitmproxy.test import taddons, tflow

from iai_proxy.proxy.password import PasswordAuth
from iai_proxy.session.password_pauses import PasswordPauses


class NoPauses(PasswordPauses):
    def before_try_s(self, address: str) -> float:
        return 0.0


def status_for(addon: PasswordAuth, header: str) -> int | None:
    flow = tflow.tflow()
    flow.client_conn.proxy_mode = mode_specs.ProxyMode.parse("regular")
    flow.request.headers["proxy-authorization"] = header
    with taddons.context(addon):
        asyncio.run(addon.requestheaders(flow))
    return flow.response.status_code if flow.response else None


def test_colons_belong_to_the_password() -> None:
    addon = PasswordAuth("me:a:b:c", NoPauses())
    # What requests sends stands for what clients send.
    assert status_for(addon, requests.auth._basic_auth_str("me", "a:b:c")) is None
    assert status_for(addon, requests.auth._basic_auth_str("me", "a:b")) == 407
    assert status_for(addon, requests.auth._basic_auth_str("me:a", "b:c")) is None  # RFC 7617


def test_what_mitmproxy_takes_for_a_file_or_for_everyone_is_a_password_like_any() -> None:
    for password in ("@file:x", "ldap:x", "any:x"):
        user, _, secret = password.partition(":")
        addon = PasswordAuth(password, NoPauses())
        assert status_for(addon, requests.auth._basic_auth_str(user, secret)) is None
        assert status_for(addon, requests.auth._basic_auth_str("someone", "else")) == 407


def test_credentials_that_can_not_be_read_are_none() -> None:
    addon = PasswordAuth("me:pass", NoPauses())
    for header in ("", "Basic", "Basic ?", "Bearer bWU6cGFzcw==", "Basic //79/A=="):
        assert status_for(addon, header) == 407
