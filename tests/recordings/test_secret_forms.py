"""The forms of a secret; the expected ones are written by hand."""

from __future__ import annotations

import pytest

from iai_proxy.recordings.secret_forms import (
    listed_forms,
    replace_broken,
    replace_escaped,
    replace_list,
    replace_number,
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
    assert replace_escaped(b"%41\\x42" + text + b"\\\\u0043", b"k-1", b"M") == b"%41\\x42M\\\\u0043"


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\\n", b"\\\\r\\\\n", b"\n  "])
def test_base64_may_be_broken_into_lines(line_break: bytes) -> None:
    body = b"a\n b: c2Vjc" + line_break + b"mV0" + line_break + b"LWtleQ\n c"
    assert replace_broken(body, b"c2VjcmV0LWtleQ", b"M") == b"a\n b: M\n c"


@pytest.mark.parametrize(
    ("body", "replaced"),
    [
        (b'{"random_seed": 123456, "v": [123456, -123456, 1.123456, 123456.0, 1234567]}', None),
        (b'{"a": "123456, 1.123456"}', b'{"a": "M, 1.123456"}'),
        (b"key 123456, 1123456", b"key M, 1123456"),
    ],
)
def test_a_number_that_has_few_digits_is_no_secret(body: bytes, replaced: bytes | None) -> None:
    assert replace_number(body, b"123456", b"M") == (replaced or body)


def test_a_long_number_is_replaced_by_a_string() -> None:
    body = b'{"id": 1234567890123456, "x": [-1234567890123456], "t": "\\"1234567890123456"}'
    replaced = b'{"id": "M", "x": [-1234567890123456], "t": "\\"M"}'
    assert replace_number(body, b"1234567890123456", b"M") == replaced


def test_a_list_of_numbers_is_replaced_by_a_string() -> None:
    body = b'{"a": [107, 45, 49], "b": [107, 45, 490], "c": "107, 45, 49"}'
    replaced = b'{"a": ["M"], "b": [107, 45, 490], "c": "M"}'
    assert replace_list(body, b"107, 45, 49", b"M") == replaced
    assert replace_list(b"107, 45, 49", b"107, 45, 49", b"M") == b"M"
