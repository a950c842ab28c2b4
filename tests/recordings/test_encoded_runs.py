"""Encoded texts are looked into, each once, and long ones part by part."""

from __future__ import annotations

import base64

import pytest

from iai_proxy.recordings.encoded_runs import EncodedRuns

SECRET = b"secret-of-the-clients"


def test_a_name_that_stands_a_thousand_times_is_looked_into_once() -> None:
    looked: list[bytes] = []

    def within(plain: bytes) -> bytes:
        looked.append(plain)
        return plain.replace(SECRET, b"") if SECRET in plain else plain

    name, encoded = b'"agent_properties": 1, ', base64.b64encode(SECRET)
    once = EncodedRuns().replace(name + encoded, name + encoded, within)
    count = len(looked)
    many = EncodedRuns().replace(name * 1000 + encoded * 2, name + encoded, within)
    assert once == name + b"[redacted]"
    assert many.startswith(name * 1000)
    assert SECRET not in many
    assert encoded not in many
    assert len(looked) <= 2 * count + 4


@pytest.mark.parametrize("before", [0, 3, 1002, 70_002, 99_978])
def test_a_key_is_found_wherever_it_stands_in_a_long_encoded_text(before: int) -> None:
    plain = b"q" * before + SECRET + b"q" * (99_978 - before)
    body = b'{"data": "%s"}' % base64.b64encode(plain)

    def within(inner: bytes) -> bytes:
        return inner.replace(SECRET, b"") if SECRET in inner else inner

    found = EncodedRuns(at_a_time=1024).replace(body, body, within)
    assert found == b'{"data": "[redacted]"}'
