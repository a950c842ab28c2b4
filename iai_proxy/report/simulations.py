"""``iai-proxy show``: the simulations of a recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from iai_proxy.lineage import Branch, Lineage, Simulation, Step
from iai_proxy.text import first_few, numbered, plural, printable, ranges

_MOST_SHOWN: Final = 8


def simulations(lineage: Lineage) -> list[dict[str, Any]]:
    """Return what is known of each simulation, as JSON values.

    Agents are numbered in order of their appearance.
    """
    return [_simulation(simulation) for simulation in lineage.simulations]


def simulations_text(facts: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the facts of :func:`simulations` for people."""
    for simulation in facts:
        yield ""
        yield from _simulation_text(simulation)


def _simulation_text(facts: dict[str, Any]) -> Iterator[str]:
    kind = "large, " if facts["large"] else ""
    location, steps = printable(str(facts["location"])), plural(facts["steps"], "step")
    yield f"simulation {facts['simulation']}: {location}, {kind}{steps} after the root"
    yield f"  calls {ranges(sorted(facts['calls']))}"
    if facts["large"]:
        counts = sorted(facts["parts"].items())
        listed = ", ".join(f"{count} x {parts}" for parts, count in counts)
        yield f"  parts of its large calls: {listed}"
    for branch in facts["branches"]:
        if len(facts["branches"]) > 1:
            trunk = " (trunk)" if branch["trunk"] else ""
            steps = f"{branch['first_step']}-{branch['last_step']}"
            yield f"  branch {branch['branch']}{trunk}: steps {steps}"
        agents = plural(branch["agents_at_start"], "agent")
        yield f"  {agents} at its start, {branch['agents_at_end']} at its end"
        yield from _events(branch["arrivals"], "arrives", "arrive")
        yield from _events(branch["removals"], "leaves", "leave")
    yield f"  seeds: {_values(facts['seeds'])}; models: {_values(facts['model_versions'])}"
    if retries := facts["retries"]:
        yield f"  {plural(retries, 'attempt')} failed and succeeded when repeated"
    if facts["refused"]:
        yield f"  {plural(facts['refused'], 'region')} could not be filled"
    for doubt in facts["doubts"]:
        yield f"  ambiguous at step {doubt['step']}: {printable(doubt['doubt'])}"


def _events(events: Sequence[dict[str, Any]], singular: str, plural_verb: str) -> Iterator[str]:
    for event in events[:_MOST_SHOWN]:
        agents = event["agents"]
        noun = numbered(len(agents), "agent")
        verb = numbered(len(agents), singular, plural_verb)
        yield f"  step {event['step']}: {noun} {ranges(agents)} {verb}"
    more = len(events) - _MOST_SHOWN
    if more > 0:
        yield f"  … and some {plural_verb} at {plural(more, 'more step')}"


def _values(values: Sequence[object]) -> str:
    shown = ("none" if value is None else str(value) for value in values)
    return printable(first_few(shown, _MOST_SHOWN))


def _simulation(simulation: Simulation) -> dict[str, Any]:
    steps = simulation.steps
    trunk = simulation.trunk.number
    seeds = (part.observation.seed for step in steps for part in step.parts)
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
        "seeds": list(dict.fromkeys(seeds)),
        "model_versions": list(dict.fromkeys(step.first.model_version for step in steps)),
        "retries": sum(len(step.attempts) for step in steps),
        "refused": sum(len(step.given_up) for step in steps),
        "doubts": [{"step": step.index, "doubt": doubt} for step in steps for doubt in step.doubts],
    }


def _branch(branch: Branch, *, trunk: bool) -> dict[str, Any]:
    arrivals, removals = [], []
    numbers: dict[int, int] = {}
    before: set[int] = set()
    for step in branch.steps:
        for agent in step.agents:
            numbers.setdefault(agent, len(numbers))
        present = set(step.agents)
        if step is not branch.steps[0]:
            arrivals += _event(step, present - before, numbers)
            removals += _event(step, before - present, numbers)
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


def _event(step: Step, agents: set[int], numbers: dict[int, int]) -> list[dict[str, Any]]:
    if not agents:
        return []
    return [{"step": step.index, "agents": sorted(numbers[agent] for agent in agents)}]
