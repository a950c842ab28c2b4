"""An observer sees what ``observe`` sees, whatever it has seen before."""

from __future__ import annotations

import json
import lzma
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lineage.sdk_runs import BASES, Client, Server, region
from lineage.test_observe import FIELDS, agents, anything
from support.worlds import Held, World

from iai_proxy.api import Call, Endpoint, request_keys
from iai_proxy.lineage import Observation, Observer, observe, pack, sends_back
from iai_proxy.lineage.observe import AnswerName
from iai_proxy.lineage.observer import Body

CPP = Path(__file__).parents[1] / "logs" / "cpp-sdk-20-steps.json.xz"


def call(number: int, endpoint: str = "drive", status: int = 200) -> Call:
    digest = number.to_bytes(32, "big")
    return Call(
        number, "c1", Endpoint(endpoint), "POST", f"/{endpoint}", status, None, 0, 0, 0, 0,
        digest, digest, 0, 0, None,
    )  # fmt: skip


def assert_same(seen: Observation, request: bytes, answer: bytes) -> None:
    expected = observe(seen.call, request, answer)
    assert repr(seen) == repr(replace(expected, sent_back=seen.sent_back))  # NaN is not itself


def dense(value: Any) -> bytes:
    return orjson.dumps(value)


def pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


def exponents(value: Any) -> bytes:
    """Print numbers as no other client does."""
    return re.sub(r"(?<!\d)0\.(\d)(\d+)", r"\1.\2E-01", json.dumps(value)).encode()


def spaced(value: Any) -> bytes:
    return json.dumps(value).encode()


PRINTERS = [dense, spaced, pretty, exponents]


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 5), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_an_observer_sees_what_observe_sees(
    seed: int, moves: list[int], draw: random.Random
) -> None:
    world = World(seed)
    held: list[list[Held]] = [world.initialize(4), world.initialize(3)]
    for move in moves:
        index = draw.randrange(len(held))
        chosen = held[index]
        if move == 1:
            draw.shuffle(chosen)
        elif move == 2:
            chosen = chosen[: max(1, len(chosen) - 1)]
        elif move == 3:
            chosen = [*chosen, world.newcomer(zeros=draw.random() < 0.5)]
        elif move == 4:
            chosen[0] = Held(chosen[0].name, [1.0, -0.0, 0.5, 2.0], chosen[0].recurrent)
        if move == 5 and len(chosen) > 2:
            parts = [([0], [1]), (list(range(1, len(chosen))), [0])]
            held[index] = world.large_drive(chosen, parts)
        else:
            held[index] = world.drive(chosen)
    observer = Observer()
    for made, (request, answer) in zip(world.observations, world.bodies, strict=True):
        sent = draw.choice(PRINTERS)(json.loads(request))
        got = draw.choice(PRINTERS[:2])(json.loads(answer))
        seen, keys = observer.observe_with_keys(made.call, Body(sent), Body(got))
        assert seen is not None
        assert_same(seen, sent, got)
        assert keys == request_keys("POST", made.call.target, request)


def test_a_request_that_sends_an_answer_back_shares_its_agents() -> None:
    world = World()
    world.drive(world.initialize(3))
    observer = Observer()
    first, second = (
        observer.observe(made.call, request, answer)
        for made, (request, answer) in zip(world.observations, world.bodies, strict=True)
    )
    assert second.sent is first.received
    assert second.sent_back is not None
    assert second.sent_back.number == first.call.id
    assert len(pack(second)) < len(pack(replace(second, sent_back=None)))


def test_agents_that_were_moved_are_not_shared() -> None:
    world = World()
    begun = world.initialize(3)
    begun[1].state[0] += 1
    world.drive(begun)
    observer = Observer()
    for made, bodies in zip(world.observations, world.bodies, strict=True):
        seen = observer.observe(made.call, *bodies)
        assert_same(seen, *bodies)
        assert seen.sent_back is None


@pytest.mark.parametrize(
    "state", [[0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0], [-0.0, 1.0, 2.0, 3.0]]
)
def test_states_that_only_look_alike_are_not_shared(state: list[float]) -> None:
    body = {"agent_states": [[0.0, 1.0, 2.0, 3.0]], "recurrent_states": [[0.5]]}
    other = {**body, "agent_states": [state]}
    for sent, got in ((body, other), (other, body)):
        observer = Observer()
        observer.observe(call(1), b"{}", dense(got))
        assert_same(observer.observe(call(2), spaced(sent), b"{}"), spaced(sent), b"{}")


bodies = st.dictionaries(
    st.sampled_from([*FIELDS, "agent_states", "recurrent_states"]),
    agents | anything | st.lists(st.lists(st.floats(width=32), max_size=3), max_size=3),
).map(spaced) | st.sampled_from([b"", b"[1]", b"\xff", b'{"recurrent_states":[[1.5],[2.5]]}x'])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["initialize", "drive", "light"]),
            st.sampled_from([200, 422]),
            bodies,
            bodies,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_sent_is_observed_alike(
    exchanges: list[tuple[str, int, bytes, bytes]],
) -> None:
    observer = Observer()
    for number, (endpoint, status, request, answer) in enumerate(exchanges, 1):
        for sent, got in ((request, answer), (answer, request)):
            made = call(number, endpoint, status)
            seen, keys = observer.observe_with_keys(made, Body(sent), Body(got))
            if seen is not None:
                assert_same(seen, sent, got)
            assert keys == request_keys(made.method, made.target, sent)


@pytest.mark.parametrize("levels", [250, 500, 985, 1010, 20_000])
def test_what_is_nested_deeply_is_observed_alike(levels: int) -> None:
    nested = "[" * levels + "]" * levels
    body = f'{{"recurrent_states":[[1.5]],"traffic_lights_states":{nested}}}'.encode()
    for sent, got in ((body, b"{}"), (b"{}", body), (body, body)):
        seen, keys = Observer().observe_with_keys(call(1), Body(sent), Body(got))
        assert seen is not None
        assert_same(seen, sent, got)
        assert keys == request_keys("POST", "/drive", sent)


@pytest.mark.parametrize("basis", ["everyone in the call", "the agent alone", "nothing"])
def test_large_runs_of_the_sdk_are_observed_alike(basis: str) -> None:
    server = Server(BASES[basis])
    client = Client(server)
    client.initialize([region(60.0 * number, 0.0, 44) for number in range(5)])
    client.drive()
    client.drive([*range(219, -1, -1)], egos=[3])
    client.drive([*range(5, 60)])
    client.drive()
    observer = Observer()
    for number, (model, asked, answer) in enumerate(server.exchanges, 1):
        sent, got = json.dumps(asked).encode(), orjson.dumps(answer)
        seen, keys = observer.observe_with_keys(call(number, model), Body(sent), Body(got))
        assert seen is not None
        assert_same(seen, sent, got)
        assert keys == request_keys("POST", f"/{model}", dense(asked))
    assert seen is not None
    assert seen.sent_back is not None


def test_a_run_of_the_cpp_sdk_is_observed_alike() -> None:
    log = json.loads(lzma.decompress(CPP.read_bytes()))
    observer = Observer()
    pairs = [
        (model, sent.encode(), got.encode())
        for model in ("initialize", "drive")
        for sent, got in zip(log[f"{model}_requests"], log[f"{model}_responses"], strict=True)
    ]
    back = []
    for number, (model, sent, got) in enumerate(pairs, 1):
        seen, keys = observer.observe_with_keys(call(number, model), Body(sent), Body(got))
        assert seen is not None
        assert_same(seen, sent, got)
        assert keys == request_keys("POST", f"/{model}", spaced(json.loads(sent)))
        back.append(seen.sent_back)
    assert [name and name.number for name in back] == [None, *range(1, len(pairs))]


def test_a_request_sends_back_the_answer_that_it_names_and_no_other() -> None:
    world = World()
    world.drive(world.initialize(2))
    first, second = world.observations
    digest = first.call.response_hash
    assert digest is not None
    named = replace(second, sent_back=AnswerName(first.call.id, digest[:8]))
    assert sends_back(named, first)
    assert not sends_back(second, first)
    assert not sends_back(named, second)
    other = replace(first, call=replace(first.call, response_hash=bytes(32)))
    assert not sends_back(named, other)
