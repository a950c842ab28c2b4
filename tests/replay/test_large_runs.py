"""Large runs of the SDK, replayed at other limits: each agent gets its own answer, or none at all.

The same servers as in ``tests/lineage``: their answers depend on very different things.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage.any_runs import ANY_BASES, any_run, any_server
from lineage.sdk_runs import BASES, Agent, Client, Server, region
from support.replays import ONE, Replay, moved, truth
from support.worlds import World

from iai_proxy.replay import Miss

Json = dict[str, Any]


class MissedError(Exception):
    """Ends the run."""


def agents_of(body: Json) -> list[Agent]:
    recurrent = body["recurrent_states"] or [()] * len(body["agent_states"])
    pairs = zip(body["agent_states"], recurrent, strict=True)
    return [(tuple(state), tuple(recurrent)) for state, recurrent in pairs]


class Offline(Server):
    """Answers what was recorded, and looks whether each agent gets what it got in some part."""

    def __init__(self, recorded: Server) -> None:
        super().__init__(recorded.basis)
        self._got: defaultdict[Agent, set[Agent]] = defaultdict(set)
        for model, asked, answer in recorded.exchanges:
            if model == "drive":
                for before, after in zip(agents_of(asked), agents_of(answer), strict=True):
                    self._got[before].add(after)
        world = World()
        world.observations = recorded.observations()
        world.bodies = [
            (json.dumps(asked).encode(), json.dumps(answer).encode())
            for _, asked, answer in recorded.exchanges
        ]
        self._replay = Replay(world)

    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        decision = self._replay.ask(model, json.loads(json.dumps(data)), ONE)
        if isinstance(decision, Miss):
            raise MissedError
        answer = self._replay.answer(decision)
        if model == "drive":
            pairs = zip(agents_of(data), agents_of(answer), strict=True)
            assert all(after in self._got[before] for before, after in pairs)
        return answer


def run(client: Client, limits: list[int]) -> None:
    client.initialize([region(60.0 * at, 0.0, 44) for at in range(5)])
    for seed, limit in enumerate(limits):
        client.drive(single_call_agent_limit=limit, random_seed=seed)


@pytest.mark.parametrize("basis", BASES)
def test_at_another_limit_each_agent_gets_its_own_answer(basis: str) -> None:
    recorded = Client(Server(BASES[basis]))
    run(recorded, [100, 70, 100])
    offline = Offline(recorded.server)
    replayed = Client(offline)
    try:
        run(replayed, [80, 100, 70])
    except MissedError:  # all recurrent states are equal there: they don't say which step it is
        assert basis == "nothing"
    assert replayed.held == recorded.held[: len(replayed.held)]
    assert len(replayed.held) > 1


@pytest.mark.parametrize("apart_m", [60.0, 1000.0])
@pytest.mark.parametrize("basis", ANY_BASES)
@settings(max_examples=1)
@given(seed=st.integers(0, 2**32))
def test_at_any_limit_each_agent_gets_its_own_answer_or_is_missed(
    basis: str, apart_m: float, seed: int
) -> None:
    recorded = Client(any_server(random.Random(seed), basis))
    any_run(recorded, random.Random(seed), apart_m)
    replayed = Client(Offline(recorded.server))
    with suppress(MissedError):
        any_run(replayed, random.Random(seed), apart_m, limits=random.Random(seed + 1))
    assert replayed.held == recorded.held[: len(replayed.held)]


def test_an_agent_whose_recurrent_state_another_has_too_gets_its_own_answer() -> None:
    world = World()
    first, second, third = world.initialize(3)
    second.recurrent = first.recurrent
    world.observations.clear()
    world.bodies.clear()
    world.exchange("initialize", "c1", world.initialize_request(3), [first, second, third])
    answered = world.drive([first, second, third])
    replay = Replay(world)
    order = [1, 2, 0]
    begun = [first, second, third]
    got = replay.got(replay.drive([begun[agent] for agent in order]))
    assert got == truth([answered[agent] for agent in order])
    moved_away = moved(begun, 0, x=1000.0)
    assert isinstance(replay.drive([moved_away[agent] for agent in order]), Miss)
