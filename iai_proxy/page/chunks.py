"""The steps of a scene as a chunk; :mod:`iai_proxy.page.encode` says what is in it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntFlag
from typing import Any, Final

from iai_proxy.page.columns import ColumnWriter
from iai_proxy.page.numbers import finite, finite_or_none, hundredths, tenths_of_degrees
from iai_proxy.scene import Agent, Frame, Scene, SimulationInfo

Json = dict[str, Any]

CHUNK_STEPS: Final = 200


class Flag(IntFlag):
    """What is true of an agent at a step."""

    PRESENT = 1
    KNOWN = 2  # its answered state is finite
    COLLISION = 4
    OFF_ROAD = 8
    WRONG_WAY = 16
    OUTSIDE = 32
    FAR = 64  # its answered state is finite, but on no map


def own_steps(simulation: SimulationInfo, number: int) -> range:
    """Return the steps of a branch that it does not share with the branch that it leaves."""
    branch = next(branch for branch in simulation.branches if branch.number == number)
    first = branch.first if branch.leaves_at is None else branch.leaves_at + 1
    return range(first, branch.last + 1)


def chunk_ranges(steps: range) -> Iterator[range]:
    """Divide a branch's own steps into those of its chunks."""
    for first in range(steps.start, steps.stop, CHUNK_STEPS):
        yield range(first, min(first + CHUNK_STEPS, steps.stop))


def chunk_of(scene: Scene) -> Json:
    """Return all steps of a scene as one chunk; give it no more than ``CHUNK_STEPS``."""
    frames = scene.frames
    present = sorted({agent for frame in frames for agent in frame.present})
    rows = {agent: row for row, agent in enumerate(present)}
    columns = ColumnWriter()
    _write_states(columns, frames, rows)
    _write_lineage(columns, frames, rows)
    _write_applied(columns, frames, rows)
    return {
        "first": frames[0].step if frames else 0,
        "count": len(frames),
        "agents": [_agent(scene.agents[agent]) for agent in present],
        "layout": columns.layout,
        "data": columns.data(),
        "lights": list(_light_changes(frames)),
        "calls": [_calls(frame) for frame in frames],
    }


def _agent(agent: Agent) -> Json:
    return {
        "number": agent.number,
        "kind": agent.kind,
        "length": finite(agent.length),
        "width": finite(agent.width),
        "rear": finite_or_none(agent.rear_axis_offset),
        "ego": agent.is_ego,
    }


def _write_states(columns: ColumnWriter, frames: Sequence[Frame], rows: Mapping[int, int]) -> None:
    count = len(frames)
    flags = array("B", bytes(count * len(rows)))
    xs, ys, headings, speeds = ([0] * (count * len(rows)) for _ in range(4))
    for offset, frame in enumerate(frames):
        states = frame.states
        for place, agent in enumerate(frame.agents):
            at = rows[agent] * count + offset
            x, y, heading, speed = states[4 * place : 4 * place + 4]
            flags[at] = _flags(frame, agent)
            if math.isfinite(x + y + heading + speed):
                flags[at] |= Flag.KNOWN
                xs[at], ys[at] = hundredths(x), hundredths(y)
                headings[at], speeds[at] = tenths_of_degrees(heading), hundredths(speed)
        for agent, unplaced in frame.unplaced.items():
            is_far = all(map(math.isfinite, unplaced.state))
            flags[rows[agent] * count + offset] = _flags(frame, agent) + Flag.FAR * is_far
    columns.unsigned("flags", flags)
    for name, numbers in (("x", xs), ("y", ys), ("heading", headings), ("speed", speeds)):
        _hold(numbers, flags)
        columns.signed(name, numbers)


def _flags(frame: Frame, agent: int) -> int:
    flags = Flag.PRESENT.value
    if agent in frame.infractions:
        collision, off_road, wrong_way = frame.infractions[agent]
        flags += Flag.COLLISION * collision + Flag.OFF_ROAD * off_road
        flags += Flag.WRONG_WAY * wrong_way
    return flags + Flag.OUTSIDE if agent in frame.outside else flags


def _hold(numbers: list[int], flags: array[int]) -> None:
    """Keep the last number where there is none: it costs nothing when compressed."""
    last = 0
    for at, flag in enumerate(flags):
        if flag & Flag.KNOWN:
            last = numbers[at]
        else:
            numbers[at] = last


def _write_lineage(columns: ColumnWriter, frames: Sequence[Frame], rows: Mapping[int, int]) -> None:
    count = len(frames)
    orders, parts, places, marks, sent = (
        array("I", bytes(4 * count * len(rows))) for _ in range(5)
    )
    for offset, frame in enumerate(frames):
        for order, agent in enumerate(frame.agents):
            at = rows[agent] * count + offset
            orders[at] = frame.index(order)
            if frame.calls:
                parts[at], places[at] = frame.calls.sources[order]
                marks[at] = _low(frame.calls.marks, order)
                sent[at] = _low(frame.calls.sent_marks, order)
        for agent, unplaced in frame.unplaced.items():
            orders[rows[agent] * count + offset] = unplaced.index
    columns.unsigned("order", orders)
    columns.unsigned("part", parts)
    columns.unsigned("place", places)
    columns.unsigned("mark", marks)
    columns.unsigned("sent", sent)


def _low(marks: Sequence[int], place: int) -> int:
    """Return the lowest 32 bits of a mark; 0 if there is none."""
    return marks[place] & 0xFFFFFFFF if place < len(marks) else 0


def _write_applied(columns: ColumnWriter, frames: Sequence[Frame], rows: Mapping[int, int]) -> None:
    found = sorted(
        (rows[agent], offset, _quantised(state))
        for offset, frame in enumerate(frames)
        for agent, state in frame.applied.items()
        if agent in rows and all(map(math.isfinite, state))
    )
    columns.unsigned("applied_row", (row for row, _, _ in found))
    columns.unsigned("applied_step", (offset for _, offset, _ in found))
    for place, name in enumerate(("x", "y", "heading", "speed")):
        columns.signed(f"applied_{name}", [state[place] for _, _, state in found])


def _quantised(state: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    x, y, heading, speed = state
    return hundredths(x), hundredths(y), tenths_of_degrees(heading), hundredths(speed)


def _light_changes(frames: Iterable[Frame]) -> Iterator[list[Any]]:
    before: object = frames  # equals no state of lights
    for frame in frames:
        if frame.lights != before:
            lights = frame.lights
            yield [frame.step, lights and {str(actor): state for actor, state in lights.items()}]
        before = frame.lights


def _calls(frame: Frame) -> Json | None:
    calls = frame.calls
    if calls is None:
        return None
    return {
        "started": round(calls.started_ns / 1e6, 1),
        "latency": round(calls.latency_ms, 2),
        "attempts": list(calls.attempts),
        "parts": [[part.call, len(part.agents)] for part in calls.parts],
        "seed": None if calls.seed is None else str(calls.seed),
        "model": calls.model_version,
    }
