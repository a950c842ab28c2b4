"""The forms of a secret; the expected ones are written by hand."""

from __future__ import annotations

import pytest

from iai_proxy.recordings.secret_forms import escaped_form, secrets_within, written_forms


def test_a_secret_has_every_form_in_which_programs_write_it() -> None:
    assert written_forms('a/"') == {
        b'a/"',
        b'a/\\"',  # in JSON
        b'a\\/\\"',
        b"a%2F%22",
        b"a%2f%22",
        b"a/%22",
        b"YS8i",  # base64
    }


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("authorization", "Bearer abc", ["abc"]),
        ("authorization", "Basic dXNlcjpwYXNz", ["dXNlcjpwYXNz", "pass"]),
        ("proxy-authorization", "Basic dXNlcjo=", ["dXNlcjo="]),
        ("authorization", "abc", []),
        ("x-api-key", "Bearer abc", []),
    ],
)
def test_a_header_value_may_hold_secrets(name: str, value: str, secrets: list[str]) -> None:
    assert secrets_within(name, value) == secrets


@pytest.mark.parametrize("text", [b"k-1", b"%6b-1", b"%6B%2D1", b"\\u006b-\\u0031"])
def test_any_character_may_be_escaped(text: bytes) -> None:
    assert escaped_form("k-1").fullmatch(text)
