"""Answers that no later call used."""

from __future__ import annotations

import copy
from typing import Any

from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import by_code

Json = dict[str, Any]


def test_a_branch_of_several_steps_is_not_unused() -> None:
    """Two futures of three steps from step 2; in one, step 4 is requested once more in vain."""
    calls = mistakes.run(steps=5)
    branch = copy.deepcopy(calls[4:])
    for call in branch:
        for body in call["answer"], *([call["request"]] if call is not branch[0] else []):
            body["recurrent_states"] = [
                [finding + 5.0 for finding in row] for row in body["recurrent_states"]
            ]
    vain = copy.deepcopy(calls[5])
    for row in vain["answer"]["recurrent_states"]:
        row[0] += 1.0
    unused = list(findings_of(*views_of([*calls, *branch]), [by_code(320)]))
    assert not unused
    (unused,) = list(
        findings_of(*views_of([*calls[:5], vain, *calls[5:], *branch]), [by_code(320)])
    )
    assert unused.message == "1 answer was never used by a later call: #6"


def test_the_last_steps_of_a_client_that_looks_ahead_are_not_unused() -> None:
    """From each step, the last too, two futures of two steps are tried before going on."""

    def futures(at: int, calls: list[Json]) -> list[Json]:
        found = []
        for future in (1, 2):
            ahead = copy.deepcopy(calls[at : at + 2])
            for number, call in enumerate(ahead):
                for body in call["answer"], *([call["request"]] if number else []):
                    body["recurrent_states"] = [
                        [finding + 5.0 * future for finding in row]
                        for row in body["recurrent_states"]
                    ]
            found += ahead
        return found

    calls = mistakes.run(steps=5, info=False)
    looking = [
        calls[0],
        *(finding for step in range(1, 4) for finding in (*futures(step, calls), calls[step])),
    ]
    assert not list(findings_of(*views_of(looking), [by_code(320)]))
