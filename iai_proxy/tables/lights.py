"""The table ``lights``: a row a traffic light and step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.scene.bodies import LenientBodies
from iai_proxy.scene.location_answers import LocationAnswers
from iai_proxy.scene.trees import Tree
from iai_proxy.tables.agents import place_columns
from iai_proxy.tables.columns import repeated, table
from iai_proxy.tables.looking import Looking
from iai_proxy.tables.run_data import Placed, RunData

#: Columns of a stop line.
_PLACE: Final = ("x", "y", "heading", "length", "width")
_NOWHERE: Final = (math.nan,) * len(_PLACE)

_Place = tuple[float, ...]


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
    places = np.array(list(_places(data, steps, lights)), np.float64).reshape(-1, len(_PLACE))
    return table(
        "lights",
        {
            "recording": repeated(source, len(rows)),
            **place_columns(steps, counts),
            "call": np.repeat(np.array([_call_of(placed) for placed in steps], np.int64), counts),
            "light": [light for light, _ in rows],
            "state": [state for _, state in rows],
            **{name: places[:, number] for number, name in enumerate(_PLACE)},
        },
    )


def _places(
    data: RunData, steps: Sequence[Placed], lights: Sequence[Sequence[tuple[int, str]]]
) -> Iterator[_Place]:
    """Yield where each light is, for each step."""
    known: dict[int, Mapping[int, _Place]] = {}
    for placed, shown in zip(steps, lights, strict=True):
        number = placed.joined.simulation
        if shown and number not in known:
            known[number] = _stop_lines(data, data.trees[number])
        yield from (known[number].get(light, _NOWHERE) for light, _ in shown)


def _stop_lines(data: RunData, tree: Tree) -> dict[int, _Place]:
    """Return where lights are, as the client was told; nothing where it did not ask."""
    root = next(iter(tree.steps))
    location = root.first.location or ""
    answers = LocationAnswers(data.recording, LenientBodies(data.recording))
    for answer in answers.read(location, answers.known(location, tree.first_call)):
        if actors := answer.actors:
            return {actor.actor_id: _place(actor) for actor in actors}
    return {}


def _place(actor: ScenarioActor) -> _Place:
    sizes = (math.nan if size is None else size for size in (actor.length, actor.width))
    return (actor.x, actor.y, actor.orientation, *sizes)


def _call_of(placed: Placed) -> int:
    """Return the call whose lights the client takes: of a large call's parts the SDK's choice."""
    parts = placed.step.parts
    is_drive = placed.step.first.call.endpoint.is_drive
    return parts[0 if is_drive else -1].number
