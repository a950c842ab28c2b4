"""Encoded texts are looked into, each once."""

from __future__ import annotations

import base64

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
