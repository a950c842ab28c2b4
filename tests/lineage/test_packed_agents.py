"""The agents of one side of an exchange as bytes."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.observe import agents_of
from iai_proxy.lineage.packed_agents import pack_agents, unpack_agents

AGENTS = 100


def agents(*, are_single: bool) -> Agents:
    """Agents of a hundred, whose coordinates are floats of 32 or 64 bits."""
    draw = random.Random(5)
    numbers = [draw.uniform(-500, 500) for _ in range(4 * AGENTS)]
    if are_single:
        numbers = array("f", numbers).tolist()
    states = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    return agents_of(states, array("Q", (draw.getrandbits(64) for _ in range(AGENTS))))


@pytest.mark.parametrize("are_single", [True, False])
def test_agents_come_back_to_the_last_bit(are_single: bool) -> None:
    packed = agents(are_single=are_single)
    unpacked = unpack_agents(*pack_agents(packed))
    assert unpacked.recurrent == packed.recurrent
    assert unpacked.coordinates.tobytes() == packed.coordinates.tobytes()
    assert unpacked.states == packed.states


def test_a_hundred_agents_of_the_api_take_less_than_25_bytes_each() -> None:
    # 8 of each are its fingerprint, and 8 the last two bytes of its four coordinates.
    assert len(pack_agents(agents(are_single=True))[1]) < 25 * AGENTS


def test_what_is_no_number_for_32_bits_comes_back() -> None:
    states = [[-0.0, 1e300, math.inf, 5e-324], [math.nan, 0.1, -1.0, 0.5], [0.0, 0.0, 0.0, 0.0]]
    packed = agents_of(states, array("Q", [1, 2, 3]))
    unpacked = unpack_agents(*pack_agents(packed))
    assert unpacked.coordinates.tobytes() == packed.coordinates.tobytes()
    assert unpacked.states == packed.states


def test_fingerprints_of_states_that_are_no_four_numbers_come_back() -> None:
    packed = agents_of([[1.0, 2.0, 3.0, 4.0], "lost", [1.0], None], array("Q", [1]))
    unpacked = unpack_agents(*pack_agents(packed))
    assert unpacked == packed
    assert unpacked.states == packed.states


def test_no_agents_come_back() -> None:
    packed = agents_of([], array("Q"))
    assert unpack_agents(*pack_agents(packed)) == packed


def test_damage_is_noticed() -> None:
    form, data = pack_agents(agents(are_single=True))
    damaged = bytearray(data)
    damaged[8 * AGENTS] ^= 0xFF
    with pytest.raises(ValueError, match="is damaged"):
        unpack_agents(form, bytes(damaged))
    with pytest.raises(ValueError, match="is cut short"):
        unpack_agents(form, data[:-1])
