"""What agents are and how large they are, as arrays that steps share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.lineage import JoinedStep
from iai_proxy.scene.told import NOTHING, Told
from iai_proxy.tables.run_data import RunData


@dataclass(frozen=True, slots=True)
class Shapes:
    """What agents are. Arrays have a place for each agent, in the client's order.

    Attributes:
        sizes: length, width and rear axis offset, m; NaN for what is not known.
        kinds: places in :attr:`KnownSizes.kinds`; -1 for what is not known.
    """

    sizes: npt.NDArray[np.float64]
    kinds: npt.NDArray[np.int32]


class KnownSizes:
    """Remembers what was said of agents: not every body repeats it.

    Args:
        data: of the recording.

    Attributes:
        kinds: types of agents, in order of appearance.
    """

    def __init__(self, data: RunData) -> None:
        self._data = data
        self._known: defaultdict[int, dict[int, Told]] = defaultdict(dict)
        self._latest: dict[int, tuple[Any, Shapes]] = {}
        self.kinds: list[str] = []

    def at(self, joined: JoinedStep, view: StepView) -> Shapes:
        """Return what agents are at a step. Steps come in their order."""
        agents = self._data.agents_at(joined)
        said = tuple(part.observation.properties for part in joined.step.parts)
        key = agents, view.is_initialize, said
        before = self._latest.get(joined.simulation)
        # Sampled agents are described in the answer alone: an `initialize` is always read.
        if before and before[0] == key and not view.is_initialize:
            return before[1]
        shapes = self._shapes(joined.simulation, agents, view.valid_properties)
        self._latest[joined.simulation] = key, shapes
        return shapes

    def _shapes(self, simulation: int, agents: Sequence[int], given: Sequence[Any]) -> Shapes:
        known = self._known[simulation]
        for agent, properties in zip(agents, given, strict=False):
            if properties:
                known[agent] = known.get(agent, NOTHING).updated(properties)
        found = [known.get(agent, NOTHING) for agent in agents]
        return Shapes(
            sizes=np.array([row[:3] for row in found], np.float64).reshape(len(found), 3),
            kinds=np.array([self._code(kind) for *_, kind in found], np.int32),
        )

    def _code(self, kind: str | None) -> int:
        if kind is None:
            return -1
        if kind not in self.kinds:
            self.kinds.append(kind)
        return self.kinds.index(kind)
