"""``iai-proxy show``: the simulations of a recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, Final

from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.lineage import Branch, Lineage, Simulation, Step, fork_of
from iai_proxy.text import cut_list, folded, numbered, plural, printable, ranges, sparkline

_MOST_SHOWN: Final = 8
#: How many bars a line of latencies has at most.
_BARS: Final = 28


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


def branch_of_calls(lineage: Lineage) -> dict[int, int]:
    """Return the branch of each call that only a single branch of a forked simulation has."""
    found: dict[int, int] = {}
    for simulation in lineage.simulations:
        branches = simulation.branches
        having = Counter(id(step) for branch in branches for step in branch.steps)
        for branch in branches if len(branches) > 1 else ():
            own = (step for step in branch.steps if having[id(step)] == 1)
            calls = (call for step in own for call in (*step.attempts, *step.calls))
            found |= dict.fromkeys(calls, branch.number)
    return found


def forks_text(lineage: Lineage) -> Iterator[str]:
    """Say where branches leave each other: ``simulation 1: branch 2 leaves branch 1 after …``."""
    for simulation in lineage.simulations:
        branches, trunk = simulation.branches, simulation.trunk
        for branch in branches:
            if fork := fork_of(branch, trunk, branches):
                yield (
                    f"simulation {simulation.number}: branch {branch.number} leaves branch "
                    f"{fork.branch} after step {fork.shared - 1}"
                )


def _simulation_text(facts: dict[str, Any]) -> Iterator[str]:
    kind = "large, " if facts["large"] else ""
    location, steps = printable(str(facts["location"])), plural(facts["steps"], "step")
    yield f"simulation {facts['simulation']}: {location}, {kind}{steps} after step 0"
    yield f"  calls {cut_list(ranges(sorted(facts['calls'])))}"
    if facts["large"]:
        counts = sorted(facts["parts"].items())
        listed = ", ".join(f"{count} of {plural(parts, 'part')}" for parts, count in counts)
        yield f"  large calls: {cut_list(listed)}"
    for branch in facts["branches"]:
        yield from _branch_text(branch, alone=len(facts["branches"]) == 1)
    yield f"  {_latency_text(facts['latency'])}"
    yield f"  seeds: {_values(facts['seeds'])}"
    yield f"  models: {_values(facts['model_versions'])}"
    if retries := facts["retries"]:
        yield f"  {plural(retries, 'attempt')} failed and succeeded when repeated"
    if facts["refused"]:
        yield f"  {plural(facts['refused'], 'region')} could not be filled"
    for doubt in sorted(facts["doubts"], key=lambda doubt: doubt["step"]):
        line = f"  ambiguous at step {doubt['step']}: {printable(doubt['doubt'])}"
        yield from folded(line, indent="    ")


def _branch_text(branch: dict[str, Any], *, alone: bool) -> Iterator[str]:
    """Yield a branch; one that leaves another is shown from the step at which it does."""
    begin = 0 if branch["leaves_at"] is None else branch["leaves_at"] + 1
    if not alone:
        trunk = " (trunk)" if branch["trunk"] else ""
        steps = (
            f"steps {begin}-{branch['last_step']}"
            if begin < branch["last_step"]
            else (f"step {begin}")
        )
        left = f"leaves branch {branch['leaves_branch']} after step {branch['leaves_at']}: "
        yield f"  branch {branch['branch']}{trunk}: {left if begin else ''}{steps}"
    agents = plural(branch["agents_at_start"], "agent")
    yield f"  {agents} at its start, {branch['agents_at_end']} at its end"
    arrivals = [(event["step"], 0, event, "arrives", "arrive") for event in branch["arrivals"]]
    removals = [(event["step"], 1, event, "leaves", "leave") for event in branch["removals"]]
    events = sorted((*arrivals, *removals), key=lambda event: event[:2])
    yield from _events([event[2:] for event in events if event[0] >= begin])


def _events(events: Sequence[tuple[dict[str, Any], str, str]]) -> Iterator[str]:
    """Yield the first arrivals and removals, in order of their steps."""
    for event, singular, plural_verb in events[:_MOST_SHOWN]:
        agents = event["agents"]
        noun = numbered(len(agents), "agent")
        verb = numbered(len(agents), singular, plural_verb)
        yield f"  step {event['step']}: {noun} {cut_list(ranges(agents))} {verb}"
    more = len({event["step"] for event, *_ in events[_MOST_SHOWN:]})
    if more > 0:
        yield f"  … and some arrive or leave at {plural(more, 'more step')}"


def _latency_text(latency: dict[str, Any]) -> str:
    longest = latency["longest_ms"]
    each = latency["steps_each"]
    which = "each step" if each == 1 else f"each {each} steps, the longest"
    return f"latency of {which}: {sparkline(longest)} up to {max(longest):.1f} ms"


def _values(values: Sequence[object]) -> str:
    shown = ("none" if value is None else str(value) for value in values)
    return cut_list(printable(", ".join(shown)))


def _simulation(simulation: Simulation) -> dict[str, Any]:
    steps = simulation.steps
    branches, trunk = simulation.branches, simulation.trunk
    seeds = (part.observation.seed for step in steps for part in step.parts)
    return {
        "simulation": simulation.number,
        "location": simulation.location,
        "large": simulation.large,
        "steps": len(steps) - 1,
        "calls": [number for step in steps for number in step.calls],
        "parts": dict(Counter(len(step.parts) for step in steps)),
        "branches": [_branch(branch, trunk, branches) for branch in branches],
        "latency": _latency(trunk),
        "seeds": list(dict.fromkeys(seeds)),
        "model_versions": list(dict.fromkeys(step.first.model_version for step in steps)),
        "retries": sum(len(step.attempts) for step in steps),
        "refused": sum(len(step.given_up) for step in steps),
        "doubts": [{"step": step.index, "doubt": doubt} for step in steps for doubt in step.doubts],
    }


def _latency(trunk: Branch) -> dict[str, Any]:
    """Return how long the steps took, the longest of as many as fit into a bar each."""
    took = [(step.ended_ns - step.started_ns) / NS_PER_MS for step in trunk.steps]
    each = ceil(len(took) / _BARS)
    longest = [max(took[at : at + each]) for at in range(0, len(took), each)]
    return {"steps_each": each, "longest_ms": longest}


def _branch(branch: Branch, trunk: Branch, branches: Sequence[Branch]) -> dict[str, Any]:
    fork = fork_of(branch, trunk, branches)
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
        "trunk": branch.number == trunk.number,
        "leaves_branch": fork.branch if fork else None,
        "leaves_at": fork.shared - 1 if fork else None,
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
