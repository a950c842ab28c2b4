"""Where findings are, in words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from iai_proxy.diagnosis.check import Finding, Located
from iai_proxy.text import numbered, ranges


def steps_of(findings: Iterable[Finding]) -> str:
    """Name the steps of findings: ``step 3``, ``steps 12-40, 43``."""
    merged: list[list[int]] = []
    for first, last in sorted((finding.step, finding.last_step) for finding in findings):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    count = sum(last - first + 1 for first, last in merged)
    named = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in merged)
    return f"{numbered(count, 'step')} {named}"


def agents_of(findings: Iterable[Finding]) -> str:
    """Name the agents of findings; an empty text if there are none."""
    return named_agents(chain.from_iterable(finding.agents for finding in findings))


def named_agents(agents: Iterable[int]) -> str:
    """Name agents: ``agent 3``, ``agents 0-9, 12``; an empty text if there are none."""
    rising = sorted(set(agents))
    return f"{numbered(len(rising), 'agent')} {ranges(rising)}" if rising else ""


def call_of(located: Located) -> str:
    """Name the call of a finding: ``call 14``, or ``from call 14`` if it goes on after that."""
    if located.call is None:
        return ""
    lasts = located.finding.step != located.finding.last_step
    return f"from call {located.call}" if lasts else f"call {located.call}"


def place_of(located: Located) -> str:
    """Name the place of a finding: ``simulation 1, steps 12-40, call 14, agents 0-3``."""
    agents = agents_of([located.finding])
    if located.simulation is None:
        return agents
    call = call_of(located)
    places = (f"simulation {located.simulation}", steps_of([located.finding]), call, agents)
    return ", ".join(filter(None, places))
