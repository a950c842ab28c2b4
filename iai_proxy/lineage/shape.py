"""What simulations look like whatever their calls are numbered: for comparing copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iai_proxy.lineage.model import Simulation, Step

#: Of each simulation its steps: index, places of its calls, of those of the step that it continues,
#: and of its failed attempts, and how many agents it has.
Shape = list[list[tuple[object, ...]]]


def shape_of(simulations: Iterable[Simulation], places: Mapping[int, int]) -> Shape:
    """Return the shape of simulations.

    Args:
        simulations: of a lineage.
        places: where each call stands among all.
    """
    return [tree_shape(simulation.steps, places) for simulation in simulations]


def tree_shape(steps: Iterable[Step], places: Mapping[int, int]) -> list[tuple[object, ...]]:
    """Return the shape of steps in the order of their calls, the first being the root.

    Indices count from that one's on.
    """
    steps = list(steps)
    known = set(steps)
    first = steps[0].index if steps else 0
    return [
        (
            step.index - first,
            _places(step.calls, places),
            _places(step.parent.calls, places) if step.parent in known and step.parent else None,
            _places(step.attempts, places),
            len(step.agents),
        )
        for step in steps
    ]


def _places(numbers: Iterable[int], places: Mapping[int, int]) -> list[int]:
    """Return where calls stand: the SDK may begin a turned large call at another end."""
    return sorted(places.get(number, -1) for number in numbers)
