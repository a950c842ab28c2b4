"""What became of recurrent states between an answer and the next request."""

from __future__ import annotations

import json
from typing import Any

from iai_proxy.diagnosis.registry import ALL, by_code

from . import mistakes
from .views import findings_of, loud, views_of

Json = dict[str, Any]


def test_a_recurrent_state_of_another_simulation_is_known() -> None:
    one = mistakes.run(steps=3, info=False)
    other = json.loads(json.dumps(one))
    for call in other:
        for body in call["request"], call["answer"]:
            body["agent_states"] = [
                [x, y + 500.0, *rest] for x, y, *rest in body.get("agent_states") or ()
            ]
            if body.get("recurrent_states"):
                body["recurrent_states"] = [
                    [number + 7 for number in row] for row in body["recurrent_states"]
                ]
    other[2]["request"]["recurrent_states"][1] = one[2]["request"]["recurrent_states"][2]
    (found,) = loud(list(findings_of(*views_of([*one, *other]), ALL)))
    assert (found.code, found.step, found.agents) == (200, 2, (1,))
    assert found.message == "agent 1 is sent with the recurrent state of agent 2 of simulation 1"


def test_all_but_the_last_two_digits_are_not_digits_after_the_point() -> None:
    """Of %.15g agents whose numbers are all between 1 and 10 keep 14 digits after the point."""

    def edit(step: int, request: Json) -> None:
        if step:
            rows = request["recurrent_states"]
            request["recurrent_states"] = [
                [float(f"{number:.15g}") for number in row] for row in rows
            ]

    found = loud(list(findings_of(*views_of(mistakes.run(edit, steps=6)), ALL)))
    assert {(one.code, one.value) for one in found} == {(203, 15)}


def test_who_has_whose_where_an_agent_left_the_states_and_another_the_recurrent_states() -> None:
    """Agent 1 of four is taken out of the states, agent 3 out of the recurrent states: those behind 1 have others'."""

    def edit(step: int, request: Json) -> None:
        if step == 3:
            del (
                request["agent_states"][1],
                request["agent_properties"][1],
                request["recurrent_states"][3],
            )

    properties = [mistakes.car(length=4.0 + index / 10) for index in range(4)]
    found = findings_of(
        *views_of(mistakes.run(edit, properties=properties, steps=3)), [by_code(200)]
    )
    assert [(one.agents, one.message) for one in found] == [
        (
            (1,),
            "agent 1 (2 in the previous answer) is sent with the recurrent state of agent 1 of the previous answer",
        ),
        (
            (2,),
            "agent 2 (3 in the previous answer) is sent with the recurrent state of agent 2 of the previous answer",
        ),
    ]
