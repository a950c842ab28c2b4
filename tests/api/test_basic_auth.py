"""Passwords of HTTP: what ``requests`` sends stands for what clients send."""

from __future__ import annotations

import pytest
from requests.auth import _basic_auth_str

from iai_proxy.api.basic_auth import credentials, is_password


def test_every_character_after_the_first_colon_is_the_passwords() -> None:
    assert credentials(_basic_auth_str("me", "a:b:c")) == b"me:a:b:c"
    assert is_password(_basic_auth_str("me", "p\xe4ss".encode()), "me:p\xe4ss")
    assert not is_password(_basic_auth_str("me", "pass"), "me:other")


@pytest.mark.parametrize("value", ["", "Basic", "Basic ?", "Bearer bWU6cGFzcw==", "Basic \xe9"])
def test_what_can_not_be_read_is_no_password(value: str) -> None:
    assert credentials(value) == b""
    assert not is_password(value, "me:pass")
