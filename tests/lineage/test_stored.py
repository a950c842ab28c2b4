"""A lineage as bytes comes back as it was; made call by call it is what is made of all at once."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage.any_runs import ANY_BASES, any_run, any_server
from lineage.sdk_runs import Client
from support.worlds import World

from iai_proxy.lineage import Agents, Growing, Lineage, Observation, Simulation, Step, build
from iai_proxy.lineage.fetched import Stored
from iai_proxy.lineage.stored import CallsDigest, dump, load


def of_world(seed: int) -> list[Observation]:
    """Two simulations by turns: newcomers, leavers, forks, large calls and failures."""
    world, draw = World(seed), random.Random(seed)
    known = [world.initialize(draw.randint(1, 4), random_seed=draw.choice([1, True, 2**40]))]
    for _ in range(12):
        held = draw.choice(known)
        kind = draw.choice(["drive", "drive", "leave", "arrive", "large", "fail", "begin"])
        if kind == "leave":
            held = held[1:] or held
        elif kind == "arrive":
            held = [*held, world.newcomer(zeros=draw.random() < 0.5)]
        elif kind == "fail":
            request = world.drive_request(held)
            world.exchange("drive", "c1", request, None, status=503)
        if kind == "begin":
            known.append(world.initialize(draw.randint(1, 4), location=draw.choice("ab")))
        elif kind == "large" and len(held) > 1:
            places = list(range(len(held)))
            known.append(world.large_drive(held, [(places[:1], places[1:]), (places[1:], [])]))
        else:
            known.append(world.drive(held))
    return world.observations


def of_sdk(seed: int, basis: str) -> list[Observation]:
    draw = random.Random(seed)
    client = Client(any_server(draw, basis))
    any_run(client, draw, apart_m=60.0)
    return list(client.server.observations())


def assert_comes_back(observations: list[Observation]) -> None:
    calls = [seen.call for seen in observations]
    by_number = {seen.call.id: seen for seen in observations}

    def fetch(stored: Stored) -> Agents:
        seen = by_number[stored.number]
        return seen.sent if stored.are_sent else seen.received

    made = build(observations)
    read = load(dump(made, CallsDigest.of(calls)), calls, fetch)
    assert shape(read) == shape(made)
    growing = Growing()
    for seen in observations:
        growing.add(seen)
    grown = growing.finished()
    assert grown is not None
    assert shape(grown) == shape(made)


def shape(lineage: Lineage) -> list[object]:
    return [
        (simulation.number, simulation.large, steps_of(simulation))
        for simulation in lineage.simulations
    ]


def steps_of(simulation: Simulation) -> list[object]:
    steps = simulation.steps
    place = {step: at for at, step in enumerate(steps)}
    kept = [field.name for field in fields(Step) if field.name not in {"parent", "children"}]
    return [
        (
            repr([getattr(step, name) for name in kept if name not in {"parts", "given_up"}]),
            [(part.number, repr((part.agents, part.own)), part.observation) for part in step.parts],
            list(step.given_up),
            step.parent and place[step.parent],
            [place[child] for child in step.children],
        )
        for step in steps
    ]


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_what_clients_do(seed: int) -> None:
    assert_comes_back(of_world(seed))


@pytest.mark.parametrize("basis", ANY_BASES)
@settings(max_examples=2)
@given(seed=st.integers(0, 2**32))
def test_large_runs_of_the_sdk(basis: str, seed: int) -> None:
    assert_comes_back(of_sdk(seed, basis))


def nothing(_: Stored) -> Agents:
    raise AssertionError


def test_of_other_calls_or_damaged_it_is_refused() -> None:
    observations = of_world(1)
    calls = [seen.call for seen in observations]
    data = dump(build(observations), CallsDigest.of(calls))
    load(data, calls, nothing)
    for other in (calls[:-1], [replace(calls[0], status=500), *calls[1:]]):
        with pytest.raises(ValueError, match="other calls"):
            load(data, other, nothing)
    for damaged in (data[:-1], b"", data[:40] + b"0" + data[41:]):
        with pytest.raises(ValueError, match="damaged"):
            load(damaged, calls, nothing)


def test_what_json_has_no_form_for_is_not_written() -> None:
    world = World()
    world.initialize(1)
    (seen,) = world.observations
    for other in ({"location": "\ud800"}, {"seed": 2**70}, {"center": (float("nan"), 0.0)}):
        with pytest.raises(ValueError, match=r"written|numbers"):
            dump(build([replace(seen, **other)]), CallsDigest.of([seen.call]))


def test_calls_in_another_order_make_no_growing_lineage() -> None:
    growing = Growing()
    for seen in reversed(of_world(2)):
        growing.add(seen)
    assert growing.finished() is None
