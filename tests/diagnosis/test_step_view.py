"""What checks see of a step, and facts that are worked out once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.exchanges import CALL

from iai_proxy.api import Endpoint
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView

Json = dict[str, Any]
CAR, BUS = {"agent_type": "car"}, {"agent_type": "bus"}
OLD, NEW = [[0.0, 0.0, 0.0, 5.0]], [[0.5, 0.0, 0.0, 5.0]]


def made(endpoint: Endpoint, request: Json, answer: Json | None = None, calls: int = 1) -> StepView:
    parts = [replace(CALL, id=7 + number) for number in range(calls)]
    return StepView(1, 3, endpoint, "town", request, answer or {}, parts, [], None, (), ())


def test_the_states_that_initialize_sends_are_the_latest_of_its_history() -> None:
    assert made(Endpoint.INITIALIZE, {"states_history": [OLD, NEW]}).sent_states == NEW
    assert made(Endpoint.DRIVE, {"agent_states": NEW}).sent_states == NEW


@pytest.mark.parametrize("history", [None, [], [None], 7])
def test_a_history_without_states_has_none(history: object) -> None:
    assert made(Endpoint.INITIALIZE, {"states_history": history}).sent_states == ()


def test_only_initialize_answers_with_properties_so_elsewhere_those_sent_are_valid() -> None:
    sent, answered = {"agent_properties": [CAR]}, {"agent_properties": [BUS]}
    assert made(Endpoint.INITIALIZE, sent, answered).valid_properties == [BUS]
    assert made(Endpoint.DRIVE, sent, answered).valid_properties == [CAR]


def test_attributes_stand_for_properties_that_are_null_or_empty() -> None:
    attributes = [[4.5, 2.0, 1.5, "car"]]
    for properties in (None, []):
        request = {"agent_properties": properties, "agent_attributes": attributes}
        assert made(Endpoint.DRIVE, request).sent_properties == attributes


def test_a_step_is_known_by_its_first_call_and_divided_where_it_has_several() -> None:
    steps = [made(Endpoint.DRIVE, {}, calls=count) for count in range(3)]
    assert [(step.first_call, step.is_divided) for step in steps] == [
        (0, False),
        (7, False),
        (7, True),
    ]


class Counting(PerStep[int]):
    """Counts how often it has to work."""

    worked = 0

    def _work_out(self, view: StepView) -> int:
        self.worked += 1
        return view.index


def test_facts_are_worked_out_once_a_step_and_shared_within_a_run() -> None:
    run = RunView([], 1, {})
    facts = run.shared(Counting)
    first, second = made(Endpoint.DRIVE, {}), made(Endpoint.DRIVE, {})  # equal, but two steps
    assert [facts.at(first), run.shared(Counting).at(first), facts.at(second)] == [3, 3, 3]
    assert facts.worked == 2
    assert RunView([], 1, {}).shared(Counting) is not facts
