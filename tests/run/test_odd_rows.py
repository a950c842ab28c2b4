"""What is iterated over against the table of it, on runs that answer oddly, and by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import exchange, request
from support.recordings import write

import iai_proxy
from iai_proxy.run.steps import Agent

pytest.importorskip("pyarrow")

CAR = {"agent_type": "car", "length": 4.0, "width": 2.0, "rear_axis_offset": 1.0}
NO_TEXT = {"agent_type": 5, "length": None, "width": "2", "rear_axis_offset": True}
#: Properties of three agents, at each step.
PROPERTIES: dict[str, list[Any]] = {
    "empty": [[CAR, {}, NO_TEXT]] * 3,
    "later": [None, [CAR], []],
    "changed": [[CAR, {"length": 1}], [CAR | {"width": 3.0}, {"agent_type": "bus"}, {}], [None]],
    "without a type": [[{"length": 4.0}, [4.0, 2.0, 1.0], [4.0, 2.0, 1.0, "bus"]]] * 3,
}
#: Infractions, and whether the three are inside, at each step.
ANSWERS: dict[str, list[tuple[Any, Any]]] = {
    "for some": [([[True, False, None]], [True]), ([[False] * 3] * 2, [False, True]), ([], [])],
    "of another kind": [("no", 5), (None, [1, 0, "x"]), ([1, None, {}], [None] * 3)],
    "by name": [([{"collisions": True, "offroad": 0}] * 3, None), ([[0, 1, 0]] * 4, [True] * 4)]
    * 2,
}


def odd_run(path: Path, properties: list[Any], answers: list[tuple[Any, Any]]) -> Path:
    made = []
    number = count()
    states: list[Any] = [[1.0, 2.0, 0.1, 3.0], [4.0, 5.0, 0.2, 6.0], [7.0, 8.0, 0.3, 9.0]]
    for step, (given, (infractions, inside)) in enumerate(zip(properties, answers, strict=False)):
        asked = {"location": "x", "agent_properties": given, "random_seed": 1}
        if step:
            asked |= {"agent_states": states}
            states = [[x + 1.0, *rest] for x, *rest in states]
        told = {
            "agent_states": states,
            "recurrent_states": [[float(next(number))] * 4 for _ in states],
            "infraction_indicators": infractions,
            "is_inside_supported_area": inside,
        }
        told |= {} if step else {"agent_properties": given}
        target = "/drive" if step else "/initialize"
        body = json.dumps(asked).encode()
        made.append(exchange(request(body, target=target), json.dumps(told).encode()))
    write(path, *made)
    return path


def values(agent: Agent) -> Iterator[tuple[str, Any]]:
    """An agent's values by the names of columns; what is not finite is null there."""
    for each in fields(Agent):
        value = getattr(agent, each.name)
        if each.name == "sent":
            names = ("sent_x", "sent_y", "sent_heading", "sent_speed")
            yield from zip(names, value or [None] * 4, strict=True)
        else:
            name = {"number": "agent"}.get(each.name, each.name)
            yield name, None if isinstance(value, float) and not math.isfinite(value) else value


@pytest.mark.parametrize("answers", ANSWERS)
@pytest.mark.parametrize("properties", PROPERTIES)
def test_what_is_iterated_over_is_the_table_column_by_column(
    tmp_path: Path, properties: str, answers: str
) -> None:
    path = odd_run(tmp_path / "run.iairec", PROPERTIES[properties], ANSWERS[answers])
    with iai_proxy.open(path) as run:
        table = run.agents().arrow().to_pylist()
        seen = [dict(values(agent)) for agent in run.agents()]
    assert len(seen) == len(table) == 9
    for found, row in zip(seen, table, strict=True):
        assert found == {name: row[name] for name in found}


def test_nothing_is_said_of_agents_that_the_answer_does_not_tell_of(tmp_path: Path) -> None:
    path = odd_run(tmp_path / "run.iairec", PROPERTIES["empty"], ANSWERS["for some"])
    with iai_proxy.open(path) as run:
        first, second, _ = run.simulations[0].steps
        flags = [(a.collision, a.offroad, a.wrong_way, a.inside) for a in first.agents]
        assert flags == [(True, False, None, True), (None,) * 4, (None,) * 4]
        assert [(a.collision, a.inside) for a in second.agents] == [
            (False, False),
            (False, True),
            (None, None),
        ]
        assert [agent.type for agent in first.agents] == ["car", None, None]
