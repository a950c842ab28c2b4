"""What a client did to recurrent states."""

from __future__ import annotations

import copy
import json
from typing import Any

from diagnosis import mistakes
from diagnosis.views import findings_of, views_of, without_infos

from iai_proxy.diagnosis.identity.recall import REMEMBERED_STEPS
from iai_proxy.diagnosis.registry import ALL, by_code

Json = dict[str, Any]


def test_a_recurrent_state_of_another_simulation_is_recognised() -> None:
    first = mistakes.run(steps=3, info=False)
    second = json.loads(json.dumps(first))
    for call in second:
        for body in call["request"], call["answer"]:
            body["agent_states"] = [
                [x, y + 500.0, *rest] for x, y, *rest in body.get("agent_states") or ()
            ]
            if body.get("recurrent_states"):
                body["recurrent_states"] = [
                    [number + 7 for number in row] for row in body["recurrent_states"]
                ]
    second[2]["request"]["recurrent_states"][1] = first[2]["request"]["recurrent_states"][2]
    (found,) = without_infos(list(findings_of(*views_of([*first, *second]), ALL)))
    assert (found.code, found.step, found.agents) == (200, 2, (1,))
    assert found.message == "agent 1 is sent with the recurrent state of agent 2 of simulation 1"


def test_15_significant_digits_are_not_14_after_the_point() -> None:
    """Of %.15g agents whose numbers are all between 1 and 10 keep 14 digits after the point."""

    def edit(step: int, request: Json) -> None:
        if step:
            rows = request["recurrent_states"]
            request["recurrent_states"] = [
                [float(f"{number:.15g}") for number in row] for row in rows
            ]

    found = without_infos(list(findings_of(*views_of(mistakes.run(edit, steps=6)), ALL)))
    assert {(finding.code, finding.value) for finding in found} == {(203, 15)}


def test_recurrent_states_that_shifted_against_the_states_are_named_by_agent() -> None:
    """Agent 1 is taken out of the states, agent 3 out of the recurrent states of four agents."""

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
    assert [(finding.agents, finding.message) for finding in found] == [
        (
            (1,),
            "agent 1 (2 in the previous answer) is sent with the recurrent state of agent 1"
            " of the previous answer",
        ),
        (
            (2,),
            "agent 2 (3 in the previous answer) is sent with the recurrent state of agent 2"
            " of the previous answer",
        ),
    ]


def test_the_latest_steps_are_remembered() -> None:
    sent: dict[int, list[float]] = {}

    def edit(step: int, request: dict[str, Any]) -> None:
        if step:
            sent[step] = copy.deepcopy(request["recurrent_states"][0])
        if step == REMEMBERED_STEPS + 10:
            request["recurrent_states"][0] = sent[3]
        if step == REMEMBERED_STEPS + 12:
            request["recurrent_states"][0] = sent[30]

    found = list(findings_of(*views_of(mistakes.run(edit, steps=REMEMBERED_STEPS + 13)), ALL))
    late = {finding.step: finding.code for finding in found}
    assert late == {REMEMBERED_STEPS + 10: 21, REMEMBERED_STEPS + 12: 205}
