"""The table ``findings``: a row a finding, or a reason why a recording could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from iai_proxy.diagnosis.check import Located, Severity
from iai_proxy.tables.columns import repeated, table
from iai_proxy.tables.fields import LAYOUTS
from iai_proxy.tables.run_data import Placed, RunData

#: The name of findings about what could not be read.
UNREADABLE: Final = "unreadable"
_FIX: Final = "`iai-proxy verify` says what is left of it"

_Row = Mapping[str, Any]


def findings_table(
    data: RunData, located: Sequence[Located], problems: Sequence[str], source: str
) -> pa.Table:
    """Return the table of a recording.

    Args:
        data: of the recording.
        located: its findings.
        problems: sentences that say what could not be read.
        source: name of the recording.
    """
    placed = {placed.step.earliest: placed for placed in data.placed.values()}
    rows = sorted((_row(each, data, placed) for each in located), key=_order)
    return _table([*rows, *map(_unreadable, problems)], source)


def unreadable_table(problems: Sequence[str], source: str) -> pa.Table:
    """Return the table of a recording that was not diagnosed, as it could not be read."""
    return _table(list(map(_unreadable, problems)), source)


def _table(rows: Sequence[_Row], source: str) -> pa.Table:
    names = [field.name for field in LAYOUTS["findings"].fields]
    columns = {name: [row.get(name) for row in rows] for name in names}
    value = np.array([row.get("value", np.nan) for row in rows], np.float64)
    return table("findings", {**columns, "recording": repeated(source, len(rows)), "value": value})


def _row(located: Located, data: RunData, by_call: Mapping[int, Placed]) -> _Row:
    check, finding = located.check, located.finding
    row = {
        "code": check.code,
        "name": check.name,
        "severity": str(check.severity),
        "agents": [],
        "value": np.nan if finding.value is None else finding.value,
        "unit": check.unit or None,
        "message": finding.sentence,
        "fix": check.help,
        "call": located.call,
    }
    if located.simulation is None:
        return row
    row |= {
        "simulation": located.simulation,
        "first_step": finding.step,
        "last_step": finding.last_step,
    }
    first = by_call.get(min(located.shown, default=0))
    if first is not None:
        row |= {"branch": first.branch, "call": first.step.earliest}
    if named := by_call.get(located.agents_at):
        numbers = data.agents_at(named.joined)
        row["agents"] = sorted(numbers[index] for index in finding.agents if index < len(numbers))
    return row


def _unreadable(problem: str) -> _Row:
    return {
        "name": UNREADABLE,
        "severity": str(Severity.ERROR),
        "agents": [],
        "message": problem,
        "fix": _FIX,
    }


def _order(row: _Row) -> tuple[float, float, int]:
    return row.get("simulation", np.inf), row.get("first_step", np.inf), row["code"]
