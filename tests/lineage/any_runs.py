"""Large runs of the SDK, drawn at random: how the server answers, and what the program does."""

from __future__ import annotations

import random
from typing import Any, Final

from lineage.sdk_runs import BASES, Basis, Client, Server, region

_CELL_M: Final = 30.0


def _cell(_: int, __: Any, state: Any) -> object:
    """Agents of one cell are answered alike; what is no agent's, always."""
    is_agent = bool(state) and not isinstance(state[0], list)
    return [round(number / _CELL_M) for number in state[:2]] if is_agent else 0


ANY_BASES: Final[dict[str, Basis]] = {**BASES, "cells": _cell}


def any_server(draw: random.Random, basis: str) -> Server:
    return Server(
        ANY_BASES[basis],
        spread_m=draw.choice([40.0, 55.0]),
        standing=draw.choice([0.0, 0.3, 1.0]),
        parked=draw.random() < 0.3,
    )


def any_run(
    client: Client, draw: random.Random, apart_m: float, limits: random.Random | None = None
) -> None:
    """Make a large ``initialize`` and three steps.

    Args:
        client: begins with nothing.
        draw: everything is drawn from it.
        apart_m: between the centres of neighbouring regions.
        limits: how the steps are divided is drawn from it, if given.
    """
    regions = [region(apart_m * at, 0.0, draw.randint(24, 32)) for at in range(3)]
    client.initialize(draw.sample(regions, 3), return_exact_agents=draw.random() < 0.3)
    egos = draw.sample(range(len(client.held[0])), draw.choice([0, 0, 2]))
    null = draw.randrange(4)  # at none of the steps, if it is the last
    for step in range(3):
        limit = (limits or draw).choice([60, 60, 70, 100])
        fields: dict[str, Any] = {"recurrent_states": None} if step == null else {}
        client.drive(egos=egos, single_call_agent_limit=limit, **fields)
