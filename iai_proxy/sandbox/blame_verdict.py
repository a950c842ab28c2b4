"""Which agent is at fault for a collision.

Far simpler than the real BLAME: it looks at the last step only. The agent that has the other agent
more squarely in front of it, and goes faster, is at fault.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from iai_proxy.sandbox.requests.agent_fields import AgentState


@dataclass(frozen=True, slots=True)
class Verdict:
    """The agent at fault, the reason, and how clear that is."""

    agent: int
    reason: str
    confidence: float  # 0 to 1


def find_fault(first: int, second: int, states: list[AgentState]) -> Verdict:
    """Judge a collision of two agents, given by their indices into the states at that moment."""
    guilt = {
        own: _aim(states[own], states[other]) + 0.1 * max(states[own][3], 0.0)
        for own, other in ((first, second), (second, first))
    }
    agent = max((first, second), key=lambda index: guilt[index])
    difference = abs(guilt[first] - guilt[second])
    other = second if agent == first else first
    apart = math.remainder(states[agent][2] - states[other][2], 2 * math.pi)
    reason = "following_too_closely" if abs(apart) < math.pi / 4 else "failure_to_yield"
    return Verdict(agent, reason, round(difference / (1 + difference), 6))


def _aim(own: AgentState, other: AgentState) -> float:
    """Return how squarely another agent is in front: 1 straight ahead, -1 straight behind."""
    bearing = math.atan2(other[1] - own[1], other[0] - own[0])
    return math.cos(bearing - own[2])
