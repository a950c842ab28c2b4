"""Answers to the parts of a large call that are not what the API answers."""

from __future__ import annotations

from typing import Any

import pytest

from iai_proxy.large.answers import AnswerError, require_agents, require_same_lists

STATE = [0.0, 0.0, 0.0, 0.0]
GOOD = {"agent_states": [STATE, STATE], "recurrent_states": [[0.5], [0.5]]}


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        {**GOOD, "is_inside_supported_area": None},
        {**GOOD, "infraction_indicators": []},  # not asked for
        {**GOOD, "agent_properties": [{}]},  # not an answer's to drive
        {**GOOD, "tomorrow": 7},
    ],
)
def test_an_answer_may_lack_any_list_but_the_states(answer: dict[str, Any]) -> None:
    require_agents(0, answer, 2)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([], "its answer holds no agent_states"),
        ({"agent_states": None}, "its answer holds no agent_states"),
        ({"agent_states": [STATE, 7]}, "agent_states of its answer holds what is no state"),
        ({"agent_states": []}, "agent_states of its answer has 0 items, but 2 agents were sent"),
        ({**GOOD, "recurrent_states": "ab"}, "recurrent_states of its answer is no list"),
        (
            {**GOOD, "recurrent_states": [[0.5]]},
            "recurrent_states of its answer has 1 items, but 2 agents were sent",
        ),
    ],
)
def test_an_answer_without_the_agents_that_were_sent_names_its_part(
    answer: object, message: str
) -> None:
    with pytest.raises(AnswerError) as error:
        require_agents(3, answer, 2)
    assert (error.value.part, str(error.value)) == (3, message)


def test_what_some_parts_answer_and_others_do_not_would_be_half_a_list() -> None:
    require_same_lists([GOOD, GOOD])
    require_same_lists([{"agent_states": [STATE]}, {"agent_states": [STATE]}])
    with pytest.raises(
        AnswerError, match="no recurrent_states, and those of other parts have"
    ) as error:
        require_same_lists([GOOD, {**GOOD, "recurrent_states": None}, GOOD])
    assert error.value.part == 1
