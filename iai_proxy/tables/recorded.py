"""Tables of an open recording."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pyarrow as pa

from iai_proxy.diagnosis.runs import Shown
from iai_proxy.errors import IaiProxyError, unexpected
from iai_proxy.recordings.reader import Recording
from iai_proxy.tables.agents import agents_table
from iai_proxy.tables.body_pass import Looked, looked
from iai_proxy.tables.calls import calls_table
from iai_proxy.tables.fields import TABLES
from iai_proxy.tables.findings import findings_table, unreadable_table
from iai_proxy.tables.lights import lights_table
from iai_proxy.tables.run_data import RunData
from iai_proxy.tables.simulations import simulations_table

#: In which tables are made: findings tell of those that could not be.
_ORDER: Final = sorted(TABLES, key="findings".__eq__)


@dataclass(frozen=True, slots=True)
class Made:
    """Tables of a recording.

    Attributes:
        tables: by name.
        problems: sentences that say what could not be read.
        is_read: whether any of the recording could be.
    """

    tables: dict[str, pa.Table]
    problems: tuple[str, ...] = ()
    is_read: bool = True


def made(
    names: Collection[str],
    recording: Recording,
    source: str,
    shown: Shown | None = None,
    *,
    despite_faults: bool = False,
) -> Made:
    """Return tables of a recording. Its bodies are read once for all of them, if they are needed.

    Args:
        names: of the tables.
        recording: must stay open meanwhile.
        source: the value of the column ``recording``.
        shown: what of it counts; None for all.
        despite_faults: whether a table that a fault of ours stops is left out, and that is a
            problem; else the fault is raised.

    Raises:
        InputError: the recording is damaged.
        MemoryError: there is too little of it.
    """
    data = RunData(recording, shown)
    making = _Making(data, source, diagnoses="findings" in names)
    tables = {}
    for name in sorted(names, key=_ORDER.index):
        try:
            tables[name] = making.table(name)
        except (IaiProxyError, MemoryError, OSError):
            raise
        except Exception as error:
            if not despite_faults:
                raise
            making.problems.append(unexpected(f"the table {name} could not be made", error))
    if "findings" in names and "findings" not in tables:
        tables["findings"] = unreadable_table(making.problems, source)
    return Made(tables, tuple(making.problems))


class _Making:
    """Makes tables of a recording.

    Attributes:
        problems: sentences that say what could not be read so far.
    """

    def __init__(self, data: RunData, source: str, *, diagnoses: bool) -> None:
        self._data = data
        self._source = source
        self._diagnoses = diagnoses
        self.problems: list[str] = []

    @cached_property
    def _seen(self) -> Looked:
        seen = looked(self._data, diagnoses=self._diagnoses)
        self.problems += seen.problems
        return seen

    def table(self, name: str) -> pa.Table:
        data, source = self._data, self._source
        match name:
            case "agents":
                return agents_table(data, self._seen.looking, source)
            case "lights":
                return lights_table(data, self._seen.looking, source)
            case "findings":
                return self._findings()
            case "calls":
                return calls_table(data, source)
        return simulations_table(data, source)

    def _findings(self) -> pa.Table:
        """Return the findings, of which it is one that another table could not be made."""
        located = self._seen.located
        return findings_table(self._data, located, self.problems, self._source)
