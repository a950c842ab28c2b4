"""The table ``simulations``: a row a simulation."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from iai_proxy.scene.trees import Tree
from iai_proxy.tables.calls import NS_PER_US
from iai_proxy.tables.columns import repeated, table
from iai_proxy.tables.fields import LAYOUTS
from iai_proxy.tables.run_data import OwnSteps, RunData


def simulations_table(data: RunData, source: str) -> pa.Table:
    """Return the table of a recording.

    Args:
        data: of the recording.
        source: name of the recording.
    """
    rows = [_row(tree, data) for tree in data.trees.values()]
    names = [field.name for field in LAYOUTS["simulations"].fields]
    columns = {name: [row.get(name) for row in rows] for name in names}
    return table("simulations", {**columns, "recording": repeated(source, len(rows))})


def _row(tree: Tree, data: RunData) -> dict[str, Any]:
    steps = list(tree.steps)
    cast = data.casts[tree.number]
    versions = (step.first.model_version for step in steps)
    return {
        "simulation": tree.number,
        "location": steps[0].first.location,
        "large": any(step.is_large for step in steps),
        "steps": len(steps),
        "trunk": tree.trunk.number,
        "trunk_steps": len(tree.trunk.steps),
        "agents": len(cast.described),
        "egos": sorted(cast.egos),
        "first_call": tree.first_call,
        "started": min(step.started_ns for step in steps) // NS_PER_US,
        "ended": max(step.ended_ns for step in steps) // NS_PER_US,
        "calls": sum(len(step.numbers) for step in steps),
        "failed_attempts": sum(len(step.attempts) + len(step.refused) for step in steps),
        "model_versions": list(dict.fromkeys(filter(None, versions))),
        "branches": [_branch(own, data) for own in data.own_steps[tree.number]],
        "labels": list(data.labels.items()),
    }


def _branch(own: OwnSteps, data: RunData) -> dict[str, int | None]:
    first = own.steps[0]
    before = data.placed.get(first.follows) if first.follows is not None else None
    return {
        "branch": own.branch,
        "first_step": first.index,
        "last_step": own.steps[-1].index,
        "leaves_branch": own.leaves,
        "leaves_at": None if before is None else before.joined.index,
    }
