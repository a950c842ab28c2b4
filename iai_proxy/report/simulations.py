"""Simulations as ``iai-proxy show`` lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from iai_proxy.lineage import Branch, Lineage, Simulation, Step
from iai_proxy.report.units import plural, ranges

_MOST_SHOWN = 8


def simulations(lineage: Lineage) -> list[dict[str, Any]]:
    """Return what is known of each simulation, as JSON values. Agents are named by their order of appearance."""
    return [_simulation(simulation) for simulation in lineage.simulations]


def simulations_text(facts: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the facts of :func:`simulations` for people."""
    for one in facts:
        kind = "large, " if one["large"] else ""
        yield ""
        yield f"simulation {one['simulation']}: {one['location']}, {kind}{plural(one['steps'], 'step')} after the root"
        yield f"  calls {ranges(sorted(one['calls']))}"
        if one["large"]:
            yield f"  parts of its large calls: {_counts(one['parts'])}"
        for branch in one["branches"]:
            trunk = " (trunk)" if branch["trunk"] and len(one["branches"]) > 1 else ""
            if len(one["branches"]) > 1:
                yield f"  branch {branch['branch']}{trunk}: steps {branch['first_step']}-{branch['last_step']}"
            yield f"  {plural(branch['agents_at_start'], 'agent')} at its start, {branch['agents_at_end']} at its end"
            yield from _events(branch["arrivals"], "arrive")
            yield from _events(branch["removals"], "leave")
        yield f"  seeds: {_values(one['seeds'])}; models: {_values(one['model_versions'])}"
        if one["retries"]:
            yield f"  {one['retries']} attempts failed and were repeated with success"
        if one["refused"]:
            yield f"  {plural(one['refused'], 'region')} could not be filled"
        for doubt in one["doubts"]:
            yield f"  ambiguous at step {doubt['step']}: {doubt['doubt']}"


def _simulation(simulation: Simulation) -> dict[str, Any]:
    steps = simulation.steps
    trunk = simulation.trunk.number
    return {
        "simulation": simulation.number,
        "location": simulation.location,
        "large": simulation.large,
        "steps": len(steps) - 1,
        "calls": [number for step in steps for number in step.calls],
        "parts": dict(Counter(len(step.parts) for step in steps)),
        "branches": [
            _branch(branch, trunk=branch.number == trunk) for branch in simulation.branches
        ],
        "seeds": list(
            dict.fromkeys(part.observation.seed for step in steps for part in step.parts)
        ),
        "model_versions": list(dict.fromkeys(step.first.model_version for step in steps)),
        "retries": sum(len(step.attempts) for step in steps),
        "refused": sum(len(step.given_up) for step in steps),
        "doubts": [{"step": step.index, "doubt": doubt} for step in steps for doubt in step.doubts],
    }


def _branch(branch: Branch, *, trunk: bool) -> dict[str, Any]:
    arrivals, removals = [], []
    known: dict[int, int] = {}
    before: set[int] = set()
    for number, step in enumerate(branch.steps):
        for agent in step.agents:
            known.setdefault(agent, len(known))
        present = set(step.agents)
        if number:
            arrivals += _event(step, present - before, known)
            removals += _event(step, before - present, known)
        before = present
    return {
        "branch": branch.number,
        "trunk": trunk,
        "first_step": branch.steps[0].index,
        "last_step": branch.steps[-1].index,
        "agents_at_start": len(branch.steps[0].agents),
        "agents_at_end": len(branch.steps[-1].agents),
        "arrivals": arrivals,
        "removals": removals,
    }


def _event(step: Step, agents: set[int], known: dict[int, int]) -> list[dict[str, Any]]:
    return (
        [{"step": step.index, "agents": sorted(known[agent] for agent in agents)}] if agents else []
    )


def _events(events: Sequence[dict[str, Any]], verb: str) -> Iterator[str]:
    for event in events[:_MOST_SHOWN]:
        noun = "agent" if len(event["agents"]) == 1 else "agents"
        yield f"  step {event['step']}: {noun} {ranges(event['agents'])} {verb}{'s' if noun == 'agent' else ''}"
    if len(events) > _MOST_SHOWN:
        yield f"  … and at {len(events) - _MOST_SHOWN} more steps some {verb}"


def _counts(parts: dict[int, int]) -> str:
    return ", ".join(f"{count} x {number}" for number, count in sorted(parts.items()))


def _values(values: Sequence[object]) -> str:
    shown = ", ".join("none" if value is None else str(value) for value in values[:_MOST_SHOWN])
    return f"{shown} and {len(values) - _MOST_SHOWN} more" if len(values) > _MOST_SHOWN else shown
