"""Stored bodies that were changed: damage is found, or makes no difference."""

from __future__ import annotations

import hashlib
import json
import random

import pytest
from support.packed import Store

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import has_checksum, unpack


@pytest.fixture(scope="module")
def bodies() -> tuple[Store, list[bytes]]:
    """An answer, and two requests that send it back; the second repeats the first."""
    drawn = random.Random(3)
    rows = [[drawn.randrange(1 << 20) / 1024 for _ in range(8)] for _ in range(3)]
    answer = {"agent_states": [[1.5, 2.5, 0.0, 9.0]] * 3, "recurrent_states": rows}
    made = [json.dumps(answer).encode()]
    for seed in (1, 2):
        sizes = [{"length": 4.5 + agent} for agent in range(3)]
        request = {"location": "x", "agent_properties": sizes, "random_seed": seed}
        made.append(json.dumps({**answer, **request}).encode())
    store = Store()
    for body in made:
        assert store.add(body)[0] == "agents"
    return store, made


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_changed_bit_is_found_or_makes_no_difference(
    bodies: tuple[Store, list[bytes]], number: int
) -> None:
    store, made = bodies
    codec, data, size = store.packed[hashlib.sha256(made[number]).digest()]
    assert has_checksum(codec, data)
    missed = []
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found = has_checksum(codec, bytes(changed)) and unpack(
                codec, bytes(changed), size, lambda other: store_get(store, other)
            )
        except InputError:
            continue
        if found not in {False, made[number]}:
            missed.append(bit)
    assert missed == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_beginning_is_damage(bodies: tuple[Store, list[bytes]], number: int) -> None:
    store, made = bodies
    codec, data, size = store.packed[hashlib.sha256(made[number]).digest()]
    for length in range(len(data)):
        with pytest.raises(InputError, match=r"damaged|not there"):
            unpack(codec, data[:length], size, lambda other: store_get(store, other))


@pytest.mark.parametrize("difference", [-1, 1, 1000])
def test_another_size_is_damage(bodies: tuple[Store, list[bytes]], difference: int) -> None:
    store, made = bodies
    for body in made:
        codec, data, size = store.packed[hashlib.sha256(body).digest()]
        with pytest.raises(InputError, match="damaged"):
            unpack(codec, data, size + difference, store.get)


def test_without_other_bodies_one_that_needs_them_says_so(
    bodies: tuple[Store, list[bytes]],
) -> None:
    store, made = bodies
    with pytest.raises(InputError, match=r"refers to the body [0-9a-f]{12}, which is not there"):
        unpack(*store.packed[hashlib.sha256(made[1]).digest()])


def store_get(store: Store, digest: bytes) -> bytes:
    if digest not in store.packed:
        raise InputError("a body is not there")
    return store.get(digest)
