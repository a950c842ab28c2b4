"""Runs in which the client drives the first agents itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from diagnosis import mistakes
from diagnosis.views import reported

Json = dict[str, Any]


def driver(way: tuple[float, float, float, float, float], course: float = 0.4) -> mistakes.Edit:
    """An ego at a speed in m/s, turning by rad/s, with its way times a factor plus an angle in rad for its heading."""
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
    """States of an ego, by rad/m and m/s at each step, that begins at a heading, rad, which is never wrapped."""
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


def branched(one: list[Json], other: list[Json], fork: int) -> list[Json]:
    """Two runs that are alike up to a step, as one with two branches from there on, called in turn."""
    first = next(at for at, call in enumerate(one) if call["endpoint"] == "initialize") + fork + 1
    for call in other[first:]:
        sides = [call["answer"]] if call is other[first] else [call["request"], call["answer"]]
        for side in sides:
            side["recurrent_states"] = [
                [number + 100.0 for number in row] for row in side["recurrent_states"]
            ]
    pairs = zip(one[first:], other[first:], strict=True)
    return [*one[:first], *(call for pair in pairs for call in pair)]


def reported_later(calls: list[Json], egos: Sequence[int]) -> list[tuple[int, int, int]]:
    """What is told, but where egos are put at first."""
    return [one for one in reported(calls, egos) if one[:2] != (225, 1)]
