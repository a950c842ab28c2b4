"""Two scenes, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from iai_proxy.comparison.model import (
    AgentApart,
    Comparison,
    Latency,
    Side,
    StepApart,
)
from iai_proxy.comparison.set_up import set_up_differences
from iai_proxy.scene import Frame, Problem, Scene
from iai_proxy.scene.model import State

#: An agent's number, and how far it is from itself: the largest difference, and in metres.
_Apart = tuple[int, float, float]


def compared(a: Scene, b: Scene, tolerance: float = 0.0) -> Comparison:
    """Compare two runs.

    Agents are paired by where they begin: each with the one that is answered the same state at the
    first common step, if that pairs all of them; else by their numbers.

    Args:
        a: the run that the other is held against.
        b: the other.
        tolerance: how far apart states may be that count as the same: m, rad, m/s.
    """
    common = list(_common(a, b))
    pairs = _pairs(*common[0]) if common else {}
    pairs |= {
        agent: agent for agent in a.agents if agent not in pairs and agent in b.agents
        and agent not in pairs.values()
    }  # fmt: skip
    steps: list[StepApart] = []
    agents: dict[int, AgentApart] = {}
    for frame, other in common:
        apart = list(_apart(frame, other, pairs))
        steps.append(_step(frame, other, apart, pairs, tolerance))
        for agent, most, metres in apart:
            _note(agents, AgentApart(agent, frame.step, most, metres, frame.step), tolerance)
    is_checked = not (a.unchecked or b.unchecked)
    return Comparison(
        a=_side(a),
        b=_side(b),
        tolerance=tolerance,
        set_up=set_up_differences(a, b, pairs),
        pairs=pairs,
        steps=steps,
        agents=sorted(agents.values(), key=lambda agent: (agent.step, -agent.apart)),
        new=_only(b.problems, a.problems) if is_checked else [],
        gone=_only(a.problems, b.problems) if is_checked else [],
        latency=(_latency(a), _latency(b)),
        unchecked=(a.unchecked, b.unchecked),
    )


def _side(scene: Scene) -> Side:
    numbers = [frame.step for frame in scene.frames] or [0]
    return Side(
        source=scene.source,
        simulation=scene.simulation.number,
        branch=scene.branch,
        location=scene.simulation.location,
        agents=len(scene.agents),
        first=numbers[0],
        last=numbers[-1],
    )


def _common(a: Scene, b: Scene) -> Iterator[tuple[Frame, Frame]]:
    others = {frame.step: frame for frame in b.frames}
    return ((frame, others[frame.step]) for frame in a.frames if frame.step in others)


def _pairs(frame: Frame, other: Frame) -> dict[int, int]:
    """Pair agents by their states; by their numbers where states don't pair all of them."""
    here, there = _by_state(frame), _by_state(other)
    if len(here) == len(frame.agents) == len(other.agents) and here.keys() == there.keys():
        return {agent: there[state] for state, agent in here.items()}
    return {agent: agent for agent in frame.agents if agent in other.agents}


def _by_state(frame: Frame) -> dict[State, int]:
    return {frame.answered(place): agent for place, agent in enumerate(frame.agents)}


def _apart(frame: Frame, other: Frame, pairs: Mapping[int, int]) -> Iterator[_Apart]:
    places = {agent: place for place, agent in enumerate(other.agents)}
    for place, agent in enumerate(frame.agents):
        its = places.get(pairs.get(agent, -1))
        if its is not None:
            yield agent, *_distance(frame.answered(place), other.answered(its))


def _distance(state: State, other: State) -> tuple[float, float]:
    """Return the largest difference of two states (m, rad, m/s), and their distance (m)."""
    if state == other:
        return 0.0, 0.0
    metres = math.dist(state[:2], other[:2])
    turn = abs(math.remainder(state[2] - other[2], math.tau))
    return max(metres, turn, abs(state[3] - other[3])), metres


def _step(
    frame: Frame,
    other: Frame,
    apart: Sequence[_Apart],
    pairs: Mapping[int, int],
    tolerance: float,
) -> StepApart:
    unplaced = {pairs.get(agent) for agent in frame.unplaced}.symmetric_difference(other.unplaced)
    furthest = max(apart, key=lambda found: (found[2], found[1]), default=None)
    paired = {pairs[agent] for agent in frame.present if agent in pairs}
    present = other.present
    return StepApart(
        step=frame.step,
        apart=max((most for _, most, _ in apart), default=0.0),
        position_m=furthest[2] if furthest else 0.0,
        agent=furthest[0] if furthest else None,
        agents=sum(most > tolerance for _, most, _ in apart),
        missing=tuple(agent for agent in sorted(frame.present) if pairs.get(agent) not in present),
        added=tuple(agent for agent in sorted(present) if agent not in paired),
        unplaced=tuple(
            agent
            for agent in sorted(frame.present)
            if pairs.get(agent) in present and pairs[agent] in unplaced
        ),
        lights=_lights(frame, other),
    )


def _lights(frame: Frame, other: Frame) -> tuple[int, ...]:
    if frame.lights is None or other.lights is None:
        return ()  # asked for by one of the clients only, or not read
    known = frame.lights.keys() | other.lights.keys()
    return tuple(
        sorted(light for light in known if frame.lights.get(light) != other.lights.get(light))
    )


def _note(agents: dict[int, AgentApart], found: AgentApart, tolerance: float) -> None:
    known = agents.get(found.agent)
    if known is None:
        if found.apart > tolerance:
            agents[found.agent] = found
    elif found.most_m > known.most_m:
        agents[found.agent] = AgentApart(
            known.agent, known.step, known.apart, found.most_m, found.most_step
        )


def _only(problems: Sequence[Problem], others: Sequence[Problem]) -> list[Problem]:
    """Return the problems of which the other run has none of the same check and agents."""
    known = {(problem.code, problem.agents) for problem in others}
    return [problem for problem in problems if (problem.code, problem.agents) not in known]


def _latency(scene: Scene) -> Latency:
    calls = [frame.calls for frame in scene.frames if frame.calls]
    took = sorted(call.latency_ms for call in calls)
    attempts = sum(len(call.attempts) for call in calls)
    if not took:
        return Latency(None, None, attempts)
    nearest_rank = max(0, math.ceil(len(took) * 0.95) - 1)
    return Latency(median(took), took[nearest_rank], attempts)
