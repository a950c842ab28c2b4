"""What only bodies tell of a step, taken from the views that checks look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import rows
from iai_proxy.lineage import JoinedStep, Step
from iai_proxy.scene.details import flags_of, lights_of
from iai_proxy.tables.run_data import RunData
from iai_proxy.tables.sizes import KnownSizes, Shapes

#: Of an answer that does not say.
UNKNOWN: Final = -1
_KINDS_OF_INFRACTIONS: Final = 3

#: 1, 0, or UNKNOWN.
Flags = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the bodies of a step tell. Agents are in the client's order.

    Attributes:
        shapes: what agents are, and how large.
        inside: for each agent whether it is in the supported area.
        infractions: for each agent collision, off the road, wrong way.
        lights: state by id.
    """

    shapes: Shapes
    inside: Flags
    infractions: Flags
    lights: Mapping[int, str]


class Looking:
    """Keeps what the views of steps show.

    Args:
        data: of the recording.

    Attributes:
        seen: by step.
    """

    def __init__(self, data: RunData) -> None:
        self._data = data
        self._sizes = KnownSizes(data)
        self.seen: dict[Step, Seen] = {}

    @property
    def kinds(self) -> Sequence[str]:
        """Types of agents; :class:`Shapes` have their places."""
        return self._sizes.kinds

    def look_at(self, joined: JoinedStep, view: StepView) -> None:
        """Keep what a step shows. Steps come in their order."""
        answer, count = view.answer, len(joined.step.sources)
        self.seen[joined.step] = Seen(
            shapes=self._sizes.at(joined, view),
            inside=_inside(answer.get("is_inside_supported_area"), count),
            infractions=_infractions(answer.get("infraction_indicators"), count),
            lights=lights_of(answer.get("traffic_lights_states")) or {},
        )


def _inside(value: Any, count: int) -> Flags:
    given = rows(value)
    if len(given) == count and _are_all_flags(given):
        return np.array(given, np.int8)
    known = [int(flag) if isinstance(flag, bool) else UNKNOWN for flag in given[:count]]
    return np.array(known + [UNKNOWN] * (count - len(known)), np.int8)


def _infractions(value: Any, count: int) -> Flags:
    given = rows(value)
    if not given:
        return np.full((count, _KINDS_OF_INFRACTIONS), UNKNOWN, np.int8)
    if len(given) == count and set(map(type, given)) == {list}:
        flat = list(chain.from_iterable(given))
        if len(flat) == _KINDS_OF_INFRACTIONS * count and _are_all_flags(flat):
            return np.array(flat, np.int8).reshape(count, _KINDS_OF_INFRACTIONS)
    known = [
        [UNKNOWN if flag is None else int(flag) for flag in flags_of(row)] for row in given[:count]
    ]
    unknown = [[UNKNOWN] * _KINDS_OF_INFRACTIONS] * (count - len(known))
    return np.array(known + unknown, np.int8).reshape(count, _KINDS_OF_INFRACTIONS)


def _are_all_flags(values: Any) -> bool:
    return set(map(type, values)) <= {bool}
