"""Sizes out of the expected range."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import by_code

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"length": 1.9, "width": 4.5}, "this looks like length and width exchanged"),
        ({"length": 2.3, "width": 0.9}, "this looks like half sizes"),
        ({"length": 12.0, "width": 0.9}, "3 to 7 m are expected of a car"),
    ],
)
def test_new_sizes_of_an_ego_must_be_those_of_a_car(sizes: dict[str, float], said: str) -> None:
    def edit(step: int, request: Json) -> None:
        if step >= 3:
            first, *others = request["agent_properties"]
            request["agent_properties"] = [{**first, **sizes}, *others]

    (finding,) = findings_of(*views_of(mistakes.run(edit), [0]), [by_code(50), by_code(51)])
    assert (finding.code, finding.step, finding.agents) == (50, 3, (0,))
    assert finding.message.endswith(said)
