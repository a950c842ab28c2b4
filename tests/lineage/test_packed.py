from __future__ import annotations

import pytest
from support.worlds import World

from iai_proxy.lineage import pack, unpack


def test_an_observation_comes_back_as_it_was() -> None:
    world = World()
    agents = world.initialize(3, location_of_interest=[1.5, -2])
    agents = world.drive(agents)
    world.drive([*agents, world.newcomer(zeros=True)], random_seed=None)
    world.exchange("drive", "c1", {"agent_states": "nonsense"}, None, status=422)
    for observation in world.observations:
        assert unpack(observation.call, pack(observation)) == observation


def test_every_truncation_is_noticed() -> None:
    world = World()
    world.initialize(2)
    (observation,) = world.observations
    packed = pack(observation)
    for length in range(len(packed)):
        with pytest.raises(ValueError):
            unpack(observation.call, packed[:length])
