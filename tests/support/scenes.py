"""Scenes made by hand: agents that drive round in circles."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.scene import (
    Agent,
    BranchInfo,
    Frame,
    Ground,
    Problem,
    Scene,
    SimulationInfo,
    StepCalls,
    StepPart,
)

STARTED_NS = 1_700_000_000_000_000_000
SIZES = {"car": (4.6, 1.9), "pedestrian": (0.8, 0.7), "bicycle": (1.8, 0.6)}
KINDS = ("car", "car", "pedestrian", "car", "bicycle")


def circling(
    agents: int = 6,
    steps: int = 60,
    *,
    parts: int = 1,
    location: str = "test:ring",
    source: str = "ring.iairec",
    simulation: SimulationInfo | None = None,
    branch: int = 1,
    drift: float = 0.0,
    problems: Sequence[Problem] = (),
) -> Scene:
    """Return a scene in which agent ``i`` drives on a circle of ``20 + 4 i`` metres.

    Agent 0 is an ego, which the client puts 2 m north of what was answered. Agent 5 arrives at step
    10; agent 2 collides in steps 20 to 24; step 30 was answered at the second attempt.

    Args:
        parts: calls of each step; agents are dealt out to them.
        simulation: what the scene is a branch of; one with that branch alone if None.
        drift: how far to the east all agents are moved from step 30 on, m a step.
    """
    known = {number: _agent(number, KINDS[number % 5]) for number in range(agents)}
    alone = SimulationInfo(1, location, parts > 1, (BranchInfo(1, 0, steps - 1),), 1)
    frames = [_frame(step, agents, parts, drift) for step in range(steps)]
    actors = [
        ScenarioActor(100, "traffic_light", 22.0, 0.0, 1.5, 1.0, 4.0),
        ScenarioActor(101, "stop_sign", -22.0, 0.0, 0.0),
    ]
    border = tuple(circle(18, a) for a in range(0, 361, 10))
    ground = Ground(borders=(border,), areas=(border,))
    return Scene(
        source, simulation or alone, branch, known, frames, actors, ground, tuple(problems)
    )


def _agent(number: int, kind: str) -> Agent:
    length, width = SIZES[kind]
    return Agent(
        number, kind, length, width, 1.3, number == 0,
        told_length=length, told_width=width, told_kind=kind,
    )  # fmt: skip


def circle(radius: float, degrees: float) -> tuple[float, float]:
    return radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees))


def state_of(agent: int, step: int, drift: float = 0.0) -> tuple[float, float, float, float]:
    """Return where the API puts an agent: x, y, heading, speed."""
    degrees = 40.0 * agent + step
    radius = 20 + 4 * agent
    x, y = circle(radius, degrees)
    heading = math.remainder(math.radians(degrees + 90), math.tau)
    return x + drift * max(step - 29, 0), y, heading, math.radians(1) * radius * 10


def _frame(step: int, agents: int, parts: int, drift: float) -> Frame:
    present = tuple(agent for agent in range(agents) if agent != 5 or step >= 10)
    states = array("d")
    for agent in present:
        states.extend(state_of(agent, step, drift))
    x, y, heading, speed = state_of(0, step, drift)
    return Frame(
        step,
        present,
        states,
        applied={0: (x, y + 2, heading, speed)},
        lights={100: ("red", "green")[step // 15 % 2]},
        infractions={2: (True, False, False)} if 20 <= step <= 24 else {},
        has_infractions=step > 0,
        calls=_calls(step, present, parts),
    )


def _calls(step: int, present: Sequence[int], parts: int) -> StepCalls:
    dealt = [tuple(present[part::parts]) for part in range(parts)]
    started = STARTED_NS + step * 100_000_000
    return StepCalls(
        parts=tuple(StepPart(step * parts + i + 1, own, own) for i, own in enumerate(dealt)),
        sources=tuple((place % parts, place // parts) for place in range(len(present))),
        marks=[1000 * agent + step + 1 for agent in present],
        attempts=(900,) if step == 30 else (),
        started_ns=started,
        ended_ns=started + (20 + step % 7) * 1_000_000,
        seed=7,
        model_version="best",
    )
