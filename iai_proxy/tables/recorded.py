"""Tables of an open recording."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from iai_proxy.recordings.reader import Recording
from iai_proxy.tables.agents import agents_table
from iai_proxy.tables.body_pass import looked
from iai_proxy.tables.run_data import RunData


@dataclass(frozen=True, slots=True)
class Made:
    """Tables of a recording.

    Attributes:
        tables: by name.
        problems: sentences that say what could not be read.
    """

    tables: dict[str, pa.Table]
    problems: tuple[str, ...]


def made(names: Collection[str], recording: Recording, source: str) -> Made:
    """Return tables of a recording. Its bodies are read once for all of them, if they are needed.

    Raises:
        InputError: the recording is damaged.
    """
    data = RunData(recording)
    seen = looked(data, diagnoses="findings" in names)
    return Made({"agents": agents_table(data, seen.looking, source)}, tuple(seen.problems))
