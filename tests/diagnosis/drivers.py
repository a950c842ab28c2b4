"""Runs in which the client drives the first agents itself."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

from diagnosis import mistakes
from diagnosis.views import bodies, calls_of, reported

from iai_proxy.diagnosis.egos import egos_of
from iai_proxy.lineage import observe, restored_steps

Json = dict[str, Any]
#: How many are in the runs of :func:`driven`.
AGENTS = 8


def driver(way: tuple[float, float, float, float, float], course: float = 0.4) -> mistakes.Edit:
    """Drive agent 0. ``way``: m/s, rad/s, factor and angle of its heading, sign of its speed."""
    speed, turning, factor, angle, sign = way
    x, y = 0.0, 0.0

    def edit(step: int, request: dict[str, Any]) -> None:
        nonlocal x, y, course
        if step:
            course += 0.1 * turning
            x, y = x + 0.1 * speed * math.cos(course), y + 0.1 * speed * math.sin(course)
            request["agent_states"][0] = [x, y, factor * course + angle, sign * speed]

    return edit


def around(
    steps: int, turning: Callable[[int], float], speed: Callable[[int], float], heading: float = 5.6
) -> list[list[float]]:
    """States of an ego that turns by rad/m at m/s, from a heading in rad that is never wrapped."""
    x, y, states = 0.0, 0.0, []
    for step in range(steps):
        way = 0.1 * speed(step)
        heading += turning(step) * way
        x, y = x + way * math.cos(heading), y + way * math.sin(heading)
        states.append([x, y, heading, speed(step)])
    return states


def along(*ways: list[list[float]]) -> list[Json]:
    """A run whose first agents are driven so."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["agent_states"] = [
                *(way[step - 1] for way in ways), *request["agent_states"][len(ways) :]
            ]  # fmt: skip

    return mistakes.run(edit, agents=5, steps=len(ways[0]))


def branched(trunk: list[Json], branch: list[Json], fork: int) -> list[Json]:
    """Two runs that are alike up to a step, as one run with two branches called in turn."""
    first = next(at for at, call in enumerate(trunk) if call["endpoint"] == "initialize") + fork + 1
    for call in branch[first:]:
        sides = [call["answer"]] if call is branch[first] else [call["request"], call["answer"]]
        for side in sides:
            side["recurrent_states"] = [
                [number + 100.0 for number in row] for row in side["recurrent_states"]
            ]
    pairs = zip(trunk[first:], branch[first:], strict=True)
    return [*trunk[:first], *(call for pair in pairs for call in pair)]


def reported_later(calls: list[Json], egos: Sequence[int]) -> list[tuple[int, int, int]]:
    """What is reported, except jumps to where egos begin."""
    return [row for row in reported(calls, egos) if row[:2] != (225, 1)]


def driven(
    egos: Sequence[int], order: Sequence[int], at: Sequence[int], steps: int = 14
) -> list[Json]:
    """A run whose client drives egos at 7 m/s along x, and at some steps reorders the states.

    The service answers an ego at 7 m/s the same way, so the client sways by 5 cm: what it sends is
    its own.
    """

    def edit(step: int, request: Json) -> None:
        if not step:
            return
        states = request["agent_states"]
        for ego in egos:
            states[ego] = [10.0 * ego + 0.7 * step + 0.05 * (step % 2), 8.0 * ego, 0.0, 7.0]
        if step in at:
            request["agent_states"] = copy.deepcopy([states[agent] for agent in order])

    return mistakes.run(edit, agents=AGENTS, steps=steps, info=False)


def exchanged(agent: int, other: int) -> list[int]:
    """The order of the agents once two of them have changed places."""
    order = list(range(AGENTS))
    mistakes.swap(order, agent, other)
    return order


def inferred(calls: list[Json]) -> list[int]:
    """The egos of the one simulation, as far as its requests tell."""
    observations = [
        observe(call, *bodies(given)) for call, given in zip(calls_of(calls), calls, strict=True)
    ]
    return sorted(egos_of(restored_steps(observations), None).by_simulation.get(1, ()))


def interleaved(count: int, make: Callable[[], list[Json]]) -> list[Json]:
    """The same run many times, each elsewhere with its own recurrent states, in turn."""
    runs = []
    for number in range(count):
        calls = copy.deepcopy(make())
        for body in (call[side] for call in calls for side in ("request", "answer")):
            for name, away in (("recurrent_states", 100.0), ("agent_states", 1000.0)):
                body[name] = [
                    [row[0] + away * number, *row[1:]] for row in body.get(name) or ()
                ] or body.get(name)
        runs.append(calls)
    return [call for turn in zip(*runs, strict=True) for call in turn]
