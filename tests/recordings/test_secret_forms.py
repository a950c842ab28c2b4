"""The forms of a secret; the expected ones are written by hand."""

from __future__ import annotations

import pytest

from iai_proxy.recordings.secret_forms import (
    escaped_form,
    listed_forms,
    secrets_within,
    written_forms,
)


@pytest.mark.parametrize(
    "form",
    [
        b'key/"1',
        b'key/\\"1',  # in JSON
        b'key\\/\\"1',
        b"key%2F%221",
        b"key%2f%221",
        b"key/%221",
        b"6b65792f2231",  # hex
        b"6B65792F2231",
        b'k\0e\0y\0/\0"\0001\0',  # UTF-16
        b'\0k\0e\0y\0/\0"\0001',
        b"a2V5LyIx",  # base64
        b"tleS8iM",  # ... of `xkey/"1` it is within eGtleS8iMQ==
        b"rZXkvIj",  # ... of `xxkey/"1` within eHhrZXkvIjE=
    ],
)
def test_a_secret_has_every_form_in_which_programs_write_it(form: bytes) -> None:
    assert form in written_forms('key/"1')


def test_base64_for_urls_is_a_form() -> None:
    assert {b"36/evt+/", b"36_evt-_"} <= written_forms("\u07ef\u07be\u07ff")


@pytest.mark.parametrize(
    "form", [b"6b:65:79:2f:22:31", b"107,101,121,47,34,49", b"107, 101, 121, 47, 34, 49"]
)
def test_a_secret_may_be_a_list_of_its_bytes(form: bytes) -> None:
    assert form in listed_forms('key/"1')


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


@pytest.mark.parametrize(
    "text",
    [
        b"k-1",
        b"%6b-1",
        b"%6B%2D1",
        b"\\u006b-\\u0031",
        b"\\\\u006b-1",
        b"%256b-%25251".replace(b"%25251", b"%252531"),
        b"&#107;-&#x31;",
        b"\\x6b-1",
    ],
)
def test_any_character_may_be_escaped(text: bytes) -> None:
    assert escaped_form("k-1").fullmatch(text)
