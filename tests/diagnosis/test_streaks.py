"""Rows of what agents do at step after step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iai_proxy.diagnosis import streaks
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.streaks import BranchMemory, Streaks

from . import mistakes
from .views import calls_of

CALLS = calls_of(mistakes.run(steps=6, info=False))


def view(call: int, previous: StepView | None = None) -> StepView:
    """The step that one call made; as in a run, the previous step does not know its own."""
    before = replace(previous, previous=None) if previous else None
    return StepView(1, call, "drive", "town", {}, {}, [CALLS[call]], [], before, (), ())


def test_a_streak_goes_on_from_step_to_step_and_keeps_the_latest() -> None:
    rows = Streaks[str](2)
    first = view(0)
    second = view(1, first)
    third = view(2, second)
    assert list(rows.add(first, 7, "a")) == ["a"]
    assert rows.before(second, 7) == "a"
    assert list(rows.add(second, 7, "b")) == ["a", "b"]
    assert list(rows.add(third, 7, "c")) == ["b", "c"]


def test_a_step_without_a_value_ends_the_streak() -> None:
    rows = Streaks[str](3)
    first = view(0)
    second = view(1, first)
    third = view(2, second)
    rows.add(first, 7, "a")
    rows.add(second, 8, "of another agent")
    assert rows.before(third, 7) is None
    assert list(rows.add(third, 7, "c")) == ["c"]


def test_each_branch_continues_the_streak_that_it_forked_off() -> None:
    """1 and 2 both go on from 0; 3 goes on from 1, and 4 from 2."""
    rows = Streaks[str](5)
    root = view(0)
    left, right = view(1, root), view(2, root)
    rows.add(root, 7, "root")
    rows.add(left, 7, "left")
    assert list(rows.add(right, 7, "right")) == ["root", "right"]
    assert list(rows.add(view(3, left), 7, "on")) == ["root", "left", "on"]
    assert list(rows.add(view(4, right), 7, "on")) == ["root", "right", "on"]


def test_a_history_adds_several_values() -> None:
    rows = Streaks[int](3)
    first = view(0)
    assert [list(rows.add(first, 7, place, place)) for place in (-3, -2, -1)] == [
        [-3],
        [-3, -2],
        [-3, -2, -1],
    ]
    assert rows.before(first, 7) == -1
    assert list(rows.add(first, 7, 0)) == [-2, -1, 0]
    assert list(rows.add(view(1, first), 7, 9)) == [-1, 0, 9]


def test_a_step_of_a_history_without_a_value_ends_the_streak() -> None:
    rows = Streaks[int](5)
    first = view(0)
    rows.add(first, 7, -3, -3)
    assert rows.before(first, 7, -1) is None
    assert list(rows.add(first, 7, -1, -1)) == [-1]
    assert rows.before(view(1, first), 7) is None  # nothing for the latest step
    assert list(rows.add(view(1, first), 7, 9)) == [9]


def test_the_oldest_streak_is_forgotten_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaks, "_MOST_STREAKS", 2)
    rows = Streaks[str](3)
    steps = [view(call) for call in range(3)]
    for step in steps:
        rows.add(step, 7, "a")
    assert [rows.before(view(5, step), 7) for step in steps] == [None, "a", "a"]


def test_each_branch_remembers_its_own() -> None:
    known = BranchMemory[str]()
    root = view(0)
    left, right = view(1, root), view(2, root)
    assert known.at(root) == {}
    known.keep(root, {7: "root"})
    known.keep(left, {7: "left", 8: "new"})
    assert known.at(right) == {7: "root"}
    known.keep(right, known.at(right))
    assert known.at(view(3, left)) == {7: "left", 8: "new"}
    assert known.at(view(4, right)) == {7: "root"}


def test_what_was_learnt_first_is_forgotten_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaks, "_MOST_AGENTS", 3)
    known = BranchMemory[str]()
    steps = [view(call) for call in range(3)]
    for step, agents in zip(steps, ({7: "a"}, {7: "b", 8: "b"}, {7: "c"}), strict=True):
        known.keep(step, agents)
    assert [known.at(view(5, step)) for step in steps] == [{}, {7: "b", 8: "b"}, {7: "c"}]
    known.keep(view(3), dict.fromkeys(range(10), "d"))
    assert len(known.at(view(5, view(3)))) == 10  # the latest, however many
