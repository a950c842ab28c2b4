"""Sizes that no agent of its type is likely to have."""

from __future__ import annotations

from typing import Any

from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import ALL

Json = dict[str, Any]


def test_sizes_that_initialize_has_drawn_are_not_reported() -> None:
    """The service draws a pedestrian of 0.3 m; the client begins anew, and then loses a call."""
    small = mistakes.car(length=0.3, width=0.3, agent_type="pedestrian", rear_axis_offset=0.0)

    def answered(step: int, answer: Json) -> None:
        if not step:
            answer["agent_properties"][1] = dict(small)

    first = mistakes.run(answered=answered, steps=3)
    again = mistakes.run(
        answered=answered, steps=3, properties=first[1]["answer"]["agent_properties"], info=False
    )
    without_beginning = first[3:]
    for calls in ([*first, *again], without_beginning):
        assert 50 not in {finding.code for finding in findings_of(*views_of(calls), ALL)}


def test_a_size_that_the_client_gives_is_reported_each_time() -> None:
    properties = [mistakes.car(length=9.5, width=2.0, rear_axis_offset=2.5), mistakes.car()]
    calls = [
        *mistakes.run(properties=properties, steps=2),
        *mistakes.run(properties=properties, steps=2, info=False),
    ]
    found = findings_of(*views_of(calls), ALL)
    assert [finding.agents for finding in found if finding.code == 50] == [(0,), (0,)]
