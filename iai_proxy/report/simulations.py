"""``iai-proxy show``: the simulations of a recording."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, Final

from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.lineage import Branch, Fork, Lineage, Simulation, Step, fork_of
from iai_proxy.text import cut_list, folded, numbered, plural, printable, ranges, sparkline

_MOST_SHOWN: Final = 8
_MORE: Final = "more branches"
#: How many bars a line of latencies has at most.
_BARS: Final = 28


def simulations(lineage: Lineage) -> list[dict[str, Any]]:
    """Return what is known of each simulation, as JSON values.

    Agents are numbered in order of their appearance.
    """
    equal = _by_answer(lineage) if _has_doubts(lineage) else {}
    return [_simulation(simulation, equal) for simulation in lineage.simulations]


def _has_doubts(lineage: Lineage) -> bool:
    return any(step.doubts for simulation in lineage.simulations for step in simulation.steps)


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
        leaving: defaultdict[Fork, list[int]] = defaultdict(list)
        for branch in branches:
            if fork := fork_of(branch, trunk, branches):
                leaving[fork].append(branch.number)
        for fork, numbers in list(leaving.items())[:_MOST_SHOWN]:
            yield (
                f"simulation {simulation.number}: {_branches(numbers)} "
                f"{numbered(len(numbers), 'leaves', 'leave')} branch "
                f"{fork.branch} after step {fork.shared - 1}"
            )
        if (more := sum(map(len, list(leaving.values())[_MOST_SHOWN:]))) > 0:
            yield f"simulation {simulation.number}: … and {plural(more, 'more branch', _MORE)}"


def _simulation_text(facts: dict[str, Any]) -> Iterator[str]:
    kind = "large, " if facts["large"] else ""
    yield from folded(
        f"simulation {facts['simulation']}: {printable(str(facts['location']))}, "
        f"{kind}{_length(facts)}"
    )
    yield f"  calls {cut_list(ranges(sorted(facts['calls'])))}"
    if facts["large"]:
        counts = sorted(facts["parts"].items())
        listed = ", ".join(f"{count} of {plural(parts, 'part')}" for parts, count in counts)
        yield f"  large calls: {cut_list(listed)}"
    yield from _branches_text(facts["branches"])
    yield f"  {_latency_text(facts['latency'])}"
    yield f"  seeds: {_values(facts['seeds'])}"
    yield f"  models: {_values(facts['model_versions'])}"
    if retries := facts["retries"]:
        yield f"  {plural(retries, 'attempt')} failed and succeeded when repeated"
    if facts["refused"]:
        yield f"  {plural(facts['refused'], 'region')} could not be filled"
    yield from _doubts_text(facts["doubts"])


def _length(facts: dict[str, Any]) -> str:
    steps, branches = plural(facts["steps"], "step"), facts["branches"]
    if len(branches) == 1:
        return f"{steps} after step 0"
    longest = max(branch["last_step"] for branch in branches)
    return f"{steps} after step 0 in {len(branches)} branches, the longest up to step {longest}"


def _branches(numbers: Sequence[int]) -> str:
    return f"{numbered(len(numbers), 'branch', 'branches')} {cut_list(ranges(numbers))}"


def _branches_text(branches: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the branches, those that differ in nothing but their calls together."""
    alike: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for branch in branches:
        shape = {name: value for name, value in branch.items() if name != "branch"}
        alike[repr(shape)].append(branch)
    # The trunk has a place among those shown, wherever it stands.
    groups = sorted(alike.values(), key=lambda group: not group[0]["trunk"])[:_MOST_SHOWN]
    for group in sorted(groups, key=lambda group: group[0]["branch"]):
        yield from _branch_text(group[0], [branch["branch"] for branch in group], len(branches))
    hidden = len(branches) - sum(map(len, groups))
    if hidden:
        yield f"  … and {plural(hidden, 'more branch', _MORE)}"


def _branch_text(branch: dict[str, Any], numbers: Sequence[int], count: int) -> Iterator[str]:
    """Yield a branch, or several alike; one that leaves another is shown from where it does.

    Args:
        branch: the first of them.
        numbers: theirs.
        count: of all branches.
    """
    begin = 0 if branch["leaves_at"] is None else branch["leaves_at"] + 1
    if count > 1:
        trunk = " (trunk)" if branch["trunk"] else ""
        steps = (
            f"steps {begin}-{branch['last_step']}"
            if begin < branch["last_step"]
            else (f"step {begin}")
        )
        leave = numbered(len(numbers), "leaves", "leave")
        left = f"{leave} branch {branch['leaves_branch']} after step {branch['leaves_at']}: "
        yield from folded(f"  {_branches(numbers)}{trunk}: {left if begin else ''}{steps}")
    agents = plural(branch["agents_at_start"], "agent")
    its = numbered(len(numbers), "its", "their")
    yield f"  {agents} at {its} start, {branch['agents_at_end']} at {its} end"
    arrivals = [(event["step"], 0, event, "arrives", "arrive") for event in branch["arrivals"]]
    removals = [(event["step"], 1, event, "leaves", "leave") for event in branch["removals"]]
    events = sorted((*arrivals, *removals), key=lambda event: event[:2])
    yield from _events([event[2:] for event in events if event[0] >= begin])


def _doubts_text(doubts: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Say each doubt once, with all calls that it is about, and between which steps it is."""
    alike: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda doubt: doubt["step"]):
        alike[doubt["doubt"], _choice(doubt)].append(doubt)
    for (sentence, choice), found in list(alike.items())[:_MOST_SHOWN]:
        calls = sorted(call for doubt in found for call in doubt["calls"])
        steps = ranges(sorted({doubt["step"] for doubt in found}))
        place = f"{numbered(len(calls), 'call')} {cut_list(ranges(calls))}"
        line = f"ambiguous at step {cut_list(steps)}: {place}{choice}: {printable(sentence)}"
        yield from folded(f"  {line}", indent="    ")
    hidden = sum(map(len, list(alike.values())[_MOST_SHOWN:]))
    if hidden:
        yield f"  … and {plural(hidden, 'more ambiguous step')}"


def _choice(doubt: dict[str, Any]) -> str:
    """Say which other calls have the very answers of those that a step was found to continue."""
    if not doubt["continues"] or not doubt["or"]:
        return ""
    taken, others = (
        f"{numbered(len(doubt[name]), 'call')} {cut_list(ranges(doubt[name]))}"
        for name in ("continues", "or")
    )
    return f" may continue {others} as well as {taken}, which was taken"


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


def _simulation(simulation: Simulation, equal: Mapping[bytes, Sequence[int]]) -> dict[str, Any]:
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
        "doubts": [
            {"step": step.index, "doubt": doubt, "calls": list(step.calls), **_between(step, equal)}
            for step in steps
            for doubt in step.doubts
        ],
    }


def _by_answer(lineage: Lineage) -> dict[bytes, list[int]]:
    """Return the calls that have the same agents with the same recurrent states, if several do."""
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    for simulation in lineage.simulations:
        for step in simulation.steps:
            found[_answered(step)] += step.numbers
    return found


def _answered(step: Step) -> bytes:
    return b"".join(part.observation.received.recurrent.tobytes() for part in step.parts)


def _between(step: Step, equal: Mapping[bytes, Sequence[int]]) -> dict[str, list[int]]:
    """Return which calls a step continues, and which others have their answers."""
    parent = step.parent
    taken = list(parent.numbers) if parent else []
    others = equal[_answered(parent)] if parent else ()
    earlier = [number for number in others if number not in taken and number < step.earliest]
    return {"continues": taken, "or": earlier}


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
