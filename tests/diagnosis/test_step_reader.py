"""Steps as checks see them, read one at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from diagnosis import mistakes
from diagnosis.views import bodies, calls_of

from iai_proxy.api import LazyBody
from iai_proxy.diagnosis.egos import egos_of
from iai_proxy.diagnosis.step_reader import Pair, StepReader
from iai_proxy.lineage import JoinedStep, observe, restored_steps

Json = dict[str, Any]


class Run:
    """A run in memory, and which bodies were read of it."""

    def __init__(self, calls: list[Json]) -> None:
        self.read: list[int] = []
        self.calls = {call.id: call for call in calls_of(calls)}
        self._bodies = {number: bodies(call) for number, call in enumerate(calls, 1)}
        observations = [observe(self.calls[at], *pair) for at, pair in self._bodies.items()]
        self.steps: list[JoinedStep] = list(restored_steps(observations))
        self.reader = StepReader(self.pairs, self.calls, observations, egos_of(self.steps, [1]))

    def pairs(self, numbers: Iterable[int]) -> Iterator[Pair]:
        for number in numbers:
            self.read.append(number)
            request, answer = map(LazyBody.of, self._bodies[number])
            yield request, answer


def unchanged(step: int, request: Json) -> None:
    pass


def run(steps: int = 12, edit: mistakes.Edit = unchanged) -> Run:
    return Run(mistakes.run(edit, agents=3, steps=steps, info=False))


def test_each_step_has_the_one_before_it_and_no_more() -> None:
    made = run(3)
    views = list(made.reader.views(made.steps))
    assert [view.index for view in views] == [0, 1, 2, 3]
    assert [view.previous and view.previous.index for view in views] == [None, 0, 1, 2]
    assert all(view.previous is None or view.previous.previous is None for view in views)
    assert [view.endpoint for view in views] == ["initialize", "drive", "drive", "drive"]
    assert views[1].egos == {1}


def test_each_body_is_read_once() -> None:
    made = run()
    list(made.reader.views(made.steps))
    assert made.read == list(range(1, 14))


def test_a_step_that_was_let_go_is_read_anew() -> None:
    made = run()
    list(made.reader.views(made.steps))
    made.read.clear()
    view = made.reader.view(made.steps[2])
    assert view.previous is not None
    assert (view.index, view.previous.index) == (2, 1)
    assert sorted(made.read) == [2, 3]


def test_recurrent_states_that_are_handed_on_as_they_came_are_left_out() -> None:
    def spoil(step: int, request: Json) -> None:
        if step == 2:
            request["recurrent_states"] = copy.deepcopy(request["recurrent_states"])
            request["recurrent_states"][1][0] += 1.0

    made = run(3, spoil)
    views = list(made.reader.views(made.steps))
    has_them = ["recurrent_states" in view.request for view in views[1:]]
    assert has_them == [False, True, False]
    assert views[1].recurrent == views[0].answered_recurrent
    assert views[2].recurrent != views[1].answered_recurrent


def test_a_refused_call_is_a_step_of_its_own_without_an_answer() -> None:
    calls = mistakes.run(agents=3, steps=2, info=False)
    calls[2] |= {"status": 422, "answer": {"detail": "no"}}
    made = Run(calls)
    (view,) = made.reader.refused([made.calls[3]])
    assert (view.simulation, view.previous, dict(view.answer)) == (-3, None, {})
    assert len(view.recurrent) == 3
    assert view.request["agent_states"] == calls[2]["request"]["agent_states"]
