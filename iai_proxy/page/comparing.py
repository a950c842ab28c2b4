"""A comparison as the page reads it; :mod:`iai_proxy.page.encode` says what is in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from iai_proxy.comparison import Comparison
from iai_proxy.page.numbers import finite_or_none

Json = dict[str, Any]

#: Agents and findings that are listed at most.
_LISTED: Final = 200


def comparison_details(comparison: Comparison) -> Json:
    """Return how two runs differ, in full."""
    return {
        "a": asdict(comparison.a),
        "b": asdict(comparison.b),
        "set_up": [asdict(difference) for difference in comparison.set_up],
        "steps": [step.step for step in comparison.steps],
        "metres": [finite_or_none(step.position_m) for step in comparison.steps],
        "agents": [
            {
                "agent": apart.agent,
                "other": comparison.pairs.get(apart.agent, apart.agent),
                "step": apart.step,
                "most": finite_or_none(apart.most_m),
                "most_step": apart.most_step,
            }
            for apart in comparison.agents[:_LISTED]
        ],
        "agents_apart": len(comparison.agents),
        "new": [asdict(problem) for problem in comparison.new[:_LISTED]],
        "gone": [asdict(problem) for problem in comparison.gone[:_LISTED]],
        "unchecked": list(comparison.unchecked),
        "latency": [asdict(latency) for latency in comparison.latency],
    }
