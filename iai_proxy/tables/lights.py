"""The table ``lights``: a row a traffic light and step."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pyarrow as pa

from iai_proxy.tables.agents import place_columns
from iai_proxy.tables.columns import repeated, table
from iai_proxy.tables.looking import Looking
from iai_proxy.tables.run_data import Placed, RunData


def lights_table(data: RunData, looking: Looking, source: str) -> pa.Table:
    """Return the table of a recording.

    Args:
        data: of the recording.
        looking: that has looked at all steps.
        source: name of the recording.
    """
    steps = list(data.placed.values())
    lights = [sorted(looking.seen[placed.step].lights.items()) for placed in steps]
    counts = [len(each) for each in lights]
    rows = list(chain.from_iterable(lights))
    return table(
        "lights",
        {
            "recording": repeated(source, len(rows)),
            **place_columns(steps, counts),
            "call": np.repeat(np.array([_call_of(placed) for placed in steps], np.int64), counts),
            "light": [light for light, _ in rows],
            "state": [state for _, state in rows],
        },
    )


def _call_of(placed: Placed) -> int:
    """Return the call whose lights the client takes: of a large call's parts the SDK's choice."""
    parts = placed.step.parts
    is_drive = placed.step.first.call.endpoint.is_drive
    return parts[0 if is_drive else -1].number
