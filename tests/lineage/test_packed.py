"""Observations as bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from support.worlds import World

from iai_proxy.lineage import AnswerName, Observation, Observer, Unpacker, pack, unpack


def test_an_observation_comes_back_as_it_was() -> None:
    world = World()
    agents = world.initialize(3, location_of_interest=[1.5, -2])
    agents = world.drive(agents)
    world.drive([*agents, world.newcomer(zeros=True)], random_seed=None)
    world.exchange("drive", "c1", {"agent_states": "nonsense"}, None, status=422)
    for observation in world.observations:
        assert unpack(observation.call, pack(observation)) == observation


def test_halves_of_characters_come_back_too() -> None:
    world = World()
    world.initialize(2, location="canada:\ud800")
    (observation,) = world.observations
    assert observation.location == "canada:\ud800"
    assert unpack(observation.call, pack(observation)) == observation


def test_every_truncation_is_noticed() -> None:
    world = World()
    world.initialize(2)
    (observation,) = world.observations
    packed = pack(observation)
    for length in range(len(packed)):
        with pytest.raises(ValueError):
            unpack(observation.call, packed[:length])


def chained() -> list[Observation]:
    """Three observations, each request sending the answer before it back."""
    world = World()
    agents = world.initialize(3)
    for _ in range(2):
        agents = world.drive(agents)
    observer = Observer()
    return [
        observer.observe(
            replace(made.call, response_hash=hashlib.sha256(answer).digest()), request, answer
        )
        for made, (request, answer) in zip(world.observations, world.bodies, strict=True)
    ]


def test_what_sends_an_answer_back_is_unpacked_in_any_order() -> None:
    made = {observation.call.id: observation for observation in chained()}
    data = {number: pack(observation) for number, observation in made.items()}
    for order in (sorted(made), sorted(made, reverse=True)):
        unpacker = Unpacker(lambda name: data[name.number])
        for number in order:
            assert unpacker.unpack(made[number].call, data[number]) == made[number]


def test_agents_are_not_held_twice() -> None:
    first, second, _ = chained()
    unpacker = Unpacker(lambda _: b"")
    before = unpacker.unpack(first.call, pack(first))
    assert unpacker.unpack(second.call, pack(second)).sent is before.received


def test_an_answer_that_is_another_one_is_noticed() -> None:
    first, second, _ = chained()

    def missing(name: AnswerName) -> bytes:
        raise ValueError(name)

    unpacker = Unpacker(missing)
    other = replace(first.call, response_hash=bytes(32))
    unpacker.remembered(replace(first, call=other))
    with pytest.raises(ValueError):
        unpacker.unpack(second.call, pack(second))
    with pytest.raises(ValueError):
        unpack(second.call, pack(second))
