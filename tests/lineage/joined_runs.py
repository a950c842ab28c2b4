"""Runs in plain JSON as the steps that a diagnosis looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from diagnosis.views import bodies, calls_of

from iai_proxy.lineage import (
    JoinedStep,
    Observation,
    build,
    joined,
    observe,
    restored_steps,
)

Json = dict[str, Any]
Place = tuple[int, int, int | None, bool]


def observed(run: list[Json], connections: list[str] | None = None) -> list[Observation]:
    """The observations of a run; its calls came over these connections."""
    calls = calls_of(run)
    if connections:
        calls = [
            replace(call, connection=name) for call, name in zip(calls, connections, strict=True)
        ]
    return [observe(call, *bodies(made)) for call, made in zip(calls, run, strict=True)]


def joined_of(run: list[Json], connections: list[str] | None = None) -> list[JoinedStep]:
    """The steps of a run, torn ones joined."""
    return joined(build(observed(run, connections)))


def restored_of(run: list[Json]) -> list[JoinedStep]:
    """The steps of a run, spoilt ones restored and torn ones joined."""
    return restored_steps(observed(run))


def places(steps: list[JoinedStep]) -> list[Place]:
    """(simulation, index, exchange of the previous step, whether lineage has another) by step."""
    return [
        (
            joined.simulation,
            joined.index,
            joined.previous.numbers[0] if joined.previous else None,
            joined.previous is not joined.step.parent,
        )
        for joined in steps
    ]


def rounded(request: Json) -> None:
    """Round the recurrent states that are sent."""
    request["recurrent_states"] = [
        [round(number, 3) for number in row] for row in request["recurrent_states"]
    ]
