"""Tables of an open recording."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from iai_proxy.diagnosis.runs import Shown
from iai_proxy.recordings.reader import Recording
from iai_proxy.tables.agents import agents_table
from iai_proxy.tables.body_pass import Looked, looked
from iai_proxy.tables.calls import calls_table
from iai_proxy.tables.fields import TABLES
from iai_proxy.tables.findings import findings_table
from iai_proxy.tables.lights import lights_table
from iai_proxy.tables.run_data import RunData
from iai_proxy.tables.simulations import simulations_table

#: Tables that need bodies.
_OF_BODIES: Final = frozenset({"agents", "lights", "findings"})


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
    names: Collection[str], recording: Recording, source: str, shown: Shown | None = None
) -> Made:
    """Return tables of a recording. Its bodies are read once for all of them, if they are needed.

    Args:
        names: of the tables.
        recording: must stay open.
        source: the value of the column ``recording``.
        shown: what of it counts; None for all.

    Raises:
        InputError: the recording is damaged.
    """
    data = RunData(recording, shown)
    wanted = [name for name in TABLES if name in names]
    if _OF_BODIES.isdisjoint(wanted):
        return Made({name: _without_bodies(name, data, source) for name in wanted})
    seen = looked(data, diagnoses="findings" in wanted)
    tables = {name: _table(name, data, seen, source) for name in wanted}
    return Made(tables, tuple(seen.problems))


def _table(name: str, data: RunData, seen: Looked, source: str) -> pa.Table:
    if name == "agents":
        return agents_table(data, seen.looking, source)
    if name == "lights":
        return lights_table(data, seen.looking, source)
    if name == "findings":
        return findings_table(data, seen.located, seen.problems, source)
    return _without_bodies(name, data, source)


def _without_bodies(name: str, data: RunData, source: str) -> pa.Table:
    return (calls_table if name == "calls" else simulations_table)(data, source)
