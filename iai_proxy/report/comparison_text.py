"""``iai-proxy diff`` for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from math import ceil
from typing import Any, Final

from iai_proxy.comparison import AgentApart, Comparison, Latency, Side, StepApart
from iai_proxy.scene import Problem
from iai_proxy.text import cut_list, folded, numbered, plural, printable, ranges, sparkline

#: How many bars the chart has at most, and how many agents and findings are listed.
_BARS: Final = 48
_LISTED: Final = 8


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as a JSON value; distances are metres, latencies ms."""
    parting = comparison.parting
    return {
        "differs": comparison.differs,
        "parting_step": parting.step if parting else None,
        **{name: value for name, value in asdict(comparison).items() if name != "pairs"},
        "pairs": [list(pair) for pair in comparison.pairs.items()],
    }


def comparison_text(comparison: Comparison) -> Iterator[str]:
    """Yield a comparison for people."""
    yield f"a: {_side(comparison.a)}"
    yield f"b: {_side(comparison.b)}"
    yield from _set_up(comparison)
    yield ""
    yield from _steps(comparison)
    yield from _agents(comparison)
    yield from _problems("new in b", comparison.new)
    yield from _problems("gone in b", comparison.gone)
    yield from _unchecked(comparison.unchecked)
    yield from _latencies(comparison.latency)


def _side(side: Side) -> str:
    place = f"simulation {side.simulation}, branch {side.branch}"
    return f"{printable(side.source)}, {place}: {printable(side.location)}"


def _set_up(comparison: Comparison) -> Iterator[str]:
    if not comparison.set_up:
        yield "the set-up is the same"
        return
    yield "the set-up differs:"
    for difference in comparison.set_up:
        a, b = (printable(side) or "none" for side in (difference.a, difference.b))
        yield from folded(f"  {difference.name}: {a} | {b}", indent="    ")


def _steps(comparison: Comparison) -> Iterator[str]:
    steps, parting = comparison.steps, comparison.parting
    if not steps:
        yield "the runs have no step in common"
        return
    if parting is None:
        yield parting_text(comparison)
        if comparison.differs:
            yield "  but one run goes on where the other ends"
        return
    yield from folded(parting_text(comparison), indent="  ")
    before = steps.index(parting)
    same = (
        f"{plural(before, 'step')} before that the same {_within(comparison)}, " if before else ""
    )
    yield f"  {same}{plural(len(steps), 'step')} in common"
    yield from _chart(steps)


def parting_text(comparison: Comparison) -> str:
    """Say at which step the runs part, or that they don't."""
    if parting := comparison.parting:
        return f"the runs part at step {parting.step}: {_parting(parting)}"
    return f"{plural(len(comparison.steps), 'common step')}: the same {_within(comparison)}"


def _within(comparison: Comparison) -> str:
    return f"within {comparison.tolerance:g}" if comparison.tolerance else "to the last bit"


def _parting(step: StepApart) -> str:
    pieces = []
    if step.agents:
        furthest = f"agent {step.agent} by {_amount(step.position_m)}"
        pieces.append(f"{plural(step.agents, 'agent')} apart, {furthest}")
    if step.missing:
        noun = numbered(len(step.missing), "agent")
        pieces.append(f"{noun} {cut_list(ranges(sorted(step.missing)))} only in a")
    if step.added:
        noun = numbered(len(step.added), "agent")
        pieces.append(f"{noun} {cut_list(ranges(sorted(step.added)))} only in b")
    if step.unplaced:
        noun = numbered(len(step.unplaced), "agent")
        named = cut_list(ranges(step.unplaced))
        pieces.append(f"{noun} {named} without four finite numbers as a state in one of the runs")
    if step.lights:
        noun = numbered(len(step.lights), "light")
        pieces.append(f"{noun} {cut_list(', '.join(map(str, step.lights)))} differ")
    return "; ".join(pieces)


def _chart(steps: Sequence[StepApart]) -> Iterator[str]:
    """Draw how the largest distance grows."""
    each = ceil(len(steps) / _BARS)
    groups = [steps[at : at + each] for at in range(0, len(steps), each)]
    bars = sparkline([max(step.position_m for step in group) for group in groups])
    most = max(steps, key=lambda step: step.position_m)
    yield f"  distance: {bars} up to {_amount(most.position_m)} at step {most.step}"


def _agents(comparison: Comparison) -> Iterator[str]:
    for agent in islice(comparison.agents, _LISTED):
        yield f"  {_agent(agent, comparison.pairs[agent.agent])}"
    if (more := len(comparison.agents) - _LISTED) > 0:
        yield f"  … and {plural(more, 'agent')} more"


def _agent(agent: AgentApart, other: int) -> str:
    named = f"agent {agent.agent}"
    if agent.agent != other:
        named += f" ({other} in b)"
    furthest = f"up to {_amount(agent.most_m)} at step {agent.most_step}"
    return f"{named} parts at step {agent.step}, {furthest}"


def _problems(title: str, problems: Sequence[Problem]) -> Iterator[str]:
    if not problems:
        return
    yield f"findings {title}:"
    for problem in problems[:_LISTED]:
        steps = ranges(sorted({problem.first, problem.last}))
        head = f"  {problem.severity} {_code(problem.code)} {problem.name}, step {steps}: "
        yield from folded(f"{head}{printable(problem.sentence)}", indent="    ")
    if (more := len(problems) - _LISTED) > 0:
        yield f"  … and {plural(more, 'finding')} more"


def _unchecked(unchecked: tuple[str, str]) -> Iterator[str]:
    """Say why findings were not compared: once if both runs have the same reason."""
    reasons: dict[str, list[str]] = {}
    for name, reason in zip("ab", unchecked, strict=True):
        if reason:
            reasons.setdefault(reason, []).append(name)
    if reasons:
        said = "; ".join(
            f"{', '.join(names)} not checked ({reason})" for reason, names in reasons.items()
        )
        yield from folded(f"findings not compared: {printable(said)}", indent="  ")


def _latencies(latency: tuple[Latency, Latency]) -> Iterator[str]:
    a, b = latency
    if a.median_ms is None or b.median_ms is None or a.p95_ms is None or b.p95_ms is None:
        return
    yield (
        f"latency of a step: median {a.median_ms:.1f} | {b.median_ms:.1f} ms, "
        f"95th percentile {a.p95_ms:.1f} | {b.p95_ms:.1f} ms"
    )
    if a.attempts or b.attempts:
        yield f"failed attempts: {a.attempts} | {b.attempts}"


def _code(code: int) -> str:
    return f"IAI{code:03d}"


def _amount(metres: float) -> str:
    return f"{metres:.2f} m" if metres >= 0.01 else f"{metres:.2g} m"
