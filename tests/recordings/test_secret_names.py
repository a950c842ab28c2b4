"""Names that say that a value is secret, and what the headers with such names hold."""

from __future__ import annotations

import base64

import pytest

from iai_proxy.recordings.secret_names import is_secret, is_secret_header, secrets_within


@pytest.mark.parametrize(
    "name",
    [
        "api_key", "X-Api-Key", "apiKeys", "access_token", "tokens", "clientSecret", "password2",
        "user[password]", "api%5Fkey", "x-auth", "Set-Cookie", "otp", "pass",
    ],
)  # fmt: skip
def test_a_name_is_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["", "key", "token_type", "expires_in", "location", "passenger", "signal", "compass", "author"],
)
def test_a_name_is_not_secret(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "x-api-key", "authorization", "x-auth", "x-session", "x-amzn-oidc-data", "x-forwarded-auth",
        "cf-access-jwt-assertion", "x-original-authorization",
    ],
)  # fmt: skip
def test_a_header_is_secret(name: str) -> None:
    assert is_secret_header(name)


@pytest.mark.parametrize(
    "name",
    [
        "www-authenticate", "access-control-allow-headers", "sec-websocket-key", "idempotency-key",
        "x-ratelimit-remaining-tokens", "content-type", "x-session-affinity", "host",
    ],
)  # fmt: skip
def test_a_header_is_not_secret(name: str) -> None:
    assert not is_secret_header(name)


def basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("Bearer abc", ["abc"]),
        (f"Basic {basic('user:pass')}", [basic("user:pass"), "pass"]),
        (f"Basic {basic('sk1234567:')}", [basic("sk1234567:"), "sk1234567"]),
        (f"basic {basic('sk1234567:x')}", [basic("sk1234567:x"), "x", "sk1234567"]),
        ("Basic !!!", ["!!!"]),
        ("Basic", []),
        ("abc", []),
    ],
)
def test_what_follows_a_scheme_is_secret(value: str, secrets: list[str]) -> None:
    assert secrets_within(value) == secrets


def test_the_parameters_of_a_scheme_are_secret_by_their_names() -> None:
    digest = 'username="u", realm="r", response="0123abcd", nonce="n"'
    assert secrets_within(f"Digest {digest}") == [digest, "0123abcd"]
    signed = "Credential=AKIA1/x, SignedHeaders=host, Signature=fe5f80"
    assert secrets_within(f"AWS4-HMAC-SHA256 {signed}") == [signed, "AKIA1/x", "fe5f80"]
