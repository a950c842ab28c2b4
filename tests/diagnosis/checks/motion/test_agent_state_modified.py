"""States that the client changed: by how much, and how."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, folded, views_of

from iai_proxy.diagnosis.registry import by_code

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ([3.0, 4.0, 0.0, 0.0], 5.0, "by up to 5 m"),
        ([0.0, 0.0, 0.5, 0.0], None, "by up to 0.5 rad of heading"),
        (
            [0.0, 0.0, 6.783185307179586, -2.0],
            None,
            "by up to 0.5 rad of heading and 2 m/s",
        ),  # 2 pi more
        ([0.3, 0.0, 0.0, 1.0], 0.3, "by up to 0.3 m and 1 m/s"),
    ],
)
def test_a_finding_says_what_was_changed_and_by_how_much(
    change: list[float], value: float | None, said: str
) -> None:
    def edit(step: int, request: dict[str, Any]) -> None:
        if step == 2:
            changed = zip(request["agent_states"][1], change, strict=True)
            request["agent_states"][1] = [number + more for number, more in changed]

    (found,) = findings_of(*views_of(mistakes.run(edit)), [by_code(11)])
    assert (found.step, found.agents) == (2, (1,))
    assert found.value == (value if value is None else pytest.approx(value))
    assert found.message.endswith(said)


def test_the_largest_change_of_several_steps_is_reported() -> None:
    changes = {1: (0.3, 0.0, 1.0), 2: (0.1, 2.0, 0.0), 3: (0.1, 0.0, 40.0), 4: (0.1, 0.0, 0.0)}

    def edit(step: int, request: dict[str, Any]) -> None:
        if step in changes:
            (x, y, heading, speed), *others = request["agent_states"]
            moved, turned, faster = changes[step]
            request["agent_states"] = [[x + moved, y, heading + turned, speed + faster], *others]

    (finding,) = folded(mistakes.run(edit), (), 11)
    assert (finding.step, finding.last_step, finding.value) == (
        1,
        4,
        pytest.approx(0.3),
    )
    assert (
        finding.message
        == "the client changed the state of agent 0, by up to 0.3 m, 2 rad of heading and 40 m/s"
    )


@pytest.mark.parametrize("digits", [1, 0])
def test_rounded_states_are_recognised(digits: int) -> None:
    def edit(step: int, request: Json) -> None:
        if step:
            rows = request["agent_states"]
            request["agent_states"] = [
                [round(x, digits), round(y, digits), *rest] for x, y, *rest in rows
            ]

    def answered(step: int, answer: Json) -> None:
        answer["agent_states"] = [
            [x + 0.234, y - 0.345, *rest] for x, y, *rest in answer["agent_states"]
        ]

    calls = mistakes.run(edit, steps=6, answered=answered)
    found = list(findings_of(*views_of(calls), [by_code(11)]))
    to = "1 digit after the point" if digits else "whole numbers"
    assert [finding.step for finding in found] == [1, 2, 3, 4, 5, 6]
    assert {finding.message for finding in found} == {
        f"the client rounded the states of agents 0, 1 and 2 to {to}"
    }
