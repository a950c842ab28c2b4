"""Checks over a recording while it is written."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import exchanges_of, write_recording

from iai_proxy.diagnosis import live_checks
from iai_proxy.diagnosis.check import Check, Finding, Located, Severity
from iai_proxy.diagnosis.live_checks import LiveChecks, last_exchange
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.diagnosis.step_reader import StepReader
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.errors import InputError
from iai_proxy.lineage import JoinedStep
from iai_proxy.recordings import RecordingWriter


@pytest.fixture(autouse=True)
def ample_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found does not depend on how busy the machine is; tests of the limits set them."""
    for limit in ("_SECOND_LOOK_S", "_REST_S", "_READ_S", "_PATIENCE_S"):
        monkeypatch.setattr(live_checks, limit, 60.0)


def gaining_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """Have each reading of the processor's clock gain 0.1 s."""
    clock = itertools.count(0, 0.1)
    patched = SimpleNamespace(
        process_time=lambda: next(clock), monotonic=time.monotonic, time_ns=time.time_ns
    )
    monkeypatch.setattr(live_checks, "time", patched)
    return clock


def rounded(request: dict[str, Any]) -> None:
    request["recurrent_states"] = [
        [round(number, 4) for number in row] for row in request["recurrent_states"]
    ]


SPOILT = mistakes.run(mistakes.always(rounded), steps=12)


def codes(found: list[Located]) -> list[tuple[int | None, int, int]]:
    return [(located.simulation, located.check.code, located.finding.step) for located in found]


def test_of_a_recording_that_is_continued_only_what_is_new_is_told(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "run.iairec", SPOILT)
    told: list[Located] = []
    live = LiveChecks(path, ALL, told.append, after=last_exchange(path))
    with RecordingWriter(path, append=True) as writer:
        for exchange in exchanges_of(mistakes.run(steps=3)):
            writer.append(lambda exchange=exchange: exchange)
    result = live.finish()
    results = result.results
    assert told == []
    assert results.steps == 4


def overwritten(first: int, last: int) -> list[dict[str, Any]]:
    """A run of 20 steps; the client moves agent 0 at some of them."""

    def edit(step: int, request: dict[str, Any]) -> None:
        if first <= step <= last:
            (x, *rest), *others = request["agent_states"]
            request["agent_states"] = [[x + 0.2, *rest], *others]

    return mistakes.run(edit, steps=20, agents=5)


Followed = Callable[..., tuple[LiveChecks, list[Located]]]


@pytest.fixture(name="at_once")
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step counts as complete."""
    monkeypatch.setattr(live_checks, "_SETTLED_NS", 0)


@pytest.fixture(name="followed")
def _followed(at_once: None) -> Followed:
    return _record_and_follow


def _record_and_follow(
    path: Path,
    run: list[dict[str, Any]],
    looks: int = 99,
    checks: Sequence[type[Check]] = ALL,
) -> tuple[LiveChecks, list[Located]]:
    """Record a run, looking after each of the first calls; and what was told."""
    told: list[Located] = []
    live = LiveChecks(path, checks, told.append)
    with RecordingWriter(path) as writer:
        for number, exchange in enumerate(exchanges_of(run)):
            writer.append(lambda exchange=exchange: exchange).result()
            if number < looks:
                live.look()
    return live, told


def steps_of(findings: Iterable[Located], code: int) -> list[tuple[int, int]]:
    return [
        (located.finding.step, located.finding.last_step)
        for located in findings
        if located.check.code == code
    ]


def test_where_all_that_was_seen_still_holds_no_step_is_looked_at_twice(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, looked_at = StepReader.view, []

    def counting(reader: StepReader, joined: JoinedStep) -> StepView:
        looked_at.append(joined.index)
        return view(reader, joined)

    monkeypatch.setattr(StepReader, "view", counting)
    live, _ = followed(tmp_path / "run.iairec", SPOILT, 9)
    result = live.finish()
    assert looked_at == list(range(13))
    assert (result.looked_again, result.left_out, result.taken_back) == (True, 0, ())
    assert result.results.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


@pytest.mark.usefixtures("at_once")
def test_where_there_is_no_time_to_put_all_in_order_the_rest_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no index says what the order is."""
    live, _ = _record_and_follow(tmp_path / "run.iairec", SPOILT, 9)
    with closing(sqlite3.connect(tmp_path / "run.iairec")) as connection, connection:
        connection.execute("DELETE FROM derived")
    monkeypatch.setattr(live_checks, "_SECOND_LOOK_S", 0.0)
    result = live.finish()
    assert (result.results.steps, result.left_out, result.taken_back) == (8, 5, ())
    assert steps_of(result.results.located, 203) == [(1, 7)]


@pytest.mark.usefixtures("at_once")
def test_calls_are_left_to_the_packing_unless_they_are_few(tmp_path: Path) -> None:
    """No process is started to pack a few calls."""
    path = write_recording(tmp_path / "run.iairec", SPOILT)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM observation WHERE exchange > 3")
    live = LiveChecks(path, ALL, lambda _: None, egos=())
    live.look()
    assert live._live.runner.result.steps == 2
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM exchange WHERE id > 11")
    live.look()
    assert live._live.runner.result.steps == 10


def test_what_was_told_and_no_longer_holds_is_taken_back(
    followed: Followed, tmp_path: Path
) -> None:
    """Agent 0 is overwritten from step 8 on: told at once; in the end an ego (13 of 20 steps)."""
    live, told = followed(tmp_path / "run.iairec", overwritten(8, 20))
    result = live.finish()
    results = result.results
    assert [located.check.code for located in told] == [11]
    assert result.taken_back == ((1, 11),)
    assert result.looked_again
    assert results.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


def test_what_shows_only_in_the_end_is_told_then(followed: Followed, tmp_path: Path) -> None:
    """Agent 0 looks like an ego until step 6; in the end these are 6 steps of 20."""
    live, told = followed(tmp_path / "run.iairec", overwritten(1, 6))
    assert told == []
    result = live.finish()
    results = result.results
    assert [
        (located.check.code, located.finding.step, located.finding.last_step) for located in told
    ] == [(11, 1, 6)]
    assert result.taken_back == ()
    assert results.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


def test_where_there_is_no_time_to_look_again_what_was_found_live_stands(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_checks, "_SECOND_LOOK_S", -1.0)
    live, told = followed(tmp_path / "run.iairec", overwritten(8, 20))
    result = live.finish()
    results = result.results
    assert [located.check.code for located in told] == [11]
    assert (result.looked_again, result.left_out, result.taken_back) == (False, 0, ())
    # from step 14 on it is an ego: 7 of 14 steps are half of them, 8 of 15 more
    assert steps_of(results.located, 11) == [(8, 14)]
    assert (results.steps, results.faults) == (21, [])


def test_a_run_that_would_take_long_is_not_looked_at_again(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that gains 0.1 s a reading: 21 steps took 2.1 s, and would again."""
    monkeypatch.setattr(live_checks, "_SECOND_LOOK_S", 0.25)
    clock = gaining_clock(monkeypatch)
    live, _ = followed(tmp_path / "run.iairec", overwritten(8, 20))
    begun = next(clock)
    result = live.finish()
    assert next(clock) - begun < 1.0
    assert (result.looked_again, result.left_out, result.results.steps) == (False, 0, 21)


def test_what_there_is_time_for_in_the_end_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was seen live, and a clock that gains 0.1 s a reading leaves time for some."""
    monkeypatch.setattr(live_checks, "_REST_S", 0.5)
    gaining_clock(monkeypatch)
    live = LiveChecks(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    result = live.finish()
    results = result.results
    assert result.looked_again
    assert 2 < results.steps < 13
    assert results.steps + result.left_out == 13
    assert steps_of(results.located, 203) == [(1, results.steps - 1)]


def test_a_clock_that_was_set_back_hides_nothing_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        live_checks,
        "time",
        SimpleNamespace(
            process_time=time.process_time, monotonic=time.monotonic, time_ns=lambda: 0
        ),
    )
    live = LiveChecks(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    result = live.finish()
    results = result.results
    assert (results.steps, result.left_out) == (13, 0)
    assert steps_of(results.located, 203) == [(1, 12)]


def test_steps_that_nobody_had_time_for_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_checks, "_SECOND_LOOK_S", -1.0)
    monkeypatch.setattr(live_checks, "_REST_S", -1.0)
    live = LiveChecks(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    result = live.finish()
    results = result.results
    assert (results.steps, result.left_out, results.located) == (0, 13, [])


def test_of_a_long_run_the_first_calls_are_looked_at_and_the_rest_is_counted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.iairec"
    write_recording(path, SPOILT)
    live = LiveChecks(path, ALL, lambda _: None, most=8)
    live.look()
    result = live.finish()
    assert (result.results.steps, result.left_out) == (7, 6)  # the first call is no step


def test_of_a_long_recording_that_is_continued_only_what_is_new_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write_recording(path, SPOILT)
    live = LiveChecks(path, ALL, lambda _: None, after=9, most=8)
    live.look()
    result = live.finish()
    assert (result.results.steps, result.left_out) == (5, 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ZeroDivisionError("by nothing"),
            "the checks could not go on (ZeroDivisionError('by nothing')): please report it",
        ),
        (InputError("run.iairec is damaged at call 7"), "run.iairec is damaged at call 7"),
    ],
)
@pytest.mark.parametrize(
    ("where", "last", "left_out"),
    [("reading", 11, 0), ("the pass over all", 11, 0), ("both passes", 11, 9)],
)
def test_where_looking_again_breaks_down_what_was_found_live_stands(
    followed: Followed,
    error: Exception,
    said: str,
    where: str,
    last: int,
    left_out: int,
    tmp_path: Path,
    monkeypatch: Any,
) -> None:
    """Twelve of 21 steps were seen live; the pass over all breaks down at its first one.

    What was found, an overwritten state, then is an ego's.
    """
    live, told = followed(tmp_path / "run.iairec", overwritten(8, 20), 13)
    view, broken = StepReader.view, []

    def breaking(reader: StepReader, joined: JoinedStep) -> StepView:
        broken.append(1)
        if where == "both passes" or len(broken) == 1:
            raise error
        return view(reader, joined)

    def unread(*_: object) -> None:
        raise error

    if where == "reading":
        monkeypatch.setattr(live_checks, "egos_of", unread)
    else:
        monkeypatch.setattr(StepReader, "view", breaking)
    result = live.finish()
    results = result.results
    assert codes(told) == [(1, 11, 8)]
    assert steps_of(results.located, 11) == [(8, last)]
    assert (result.looked_again, result.left_out, result.taken_back) == (False, left_out, ())
    assert results.faults == [said]


class Tired(Check):
    """Warns at steps 3 and 9. The n-th instance raises at the n-th of the steps ``breaks``."""

    code = 900
    name = "tired"
    severity = Severity.WARNING
    help = "Do otherwise."
    breaks: ClassVar[list[int]] = []

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._last = self.breaks.pop(0)

    def step(self, view: StepView) -> Iterable[Finding]:
        if view.index == self._last:
            raise ZeroDivisionError("by nothing")
        if view.index in {3, 9}:
            yield self.finding(view, "so far")


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        (99, 6, [(3, 3), (9, 9)]),
        (5, 4, [(3, 3)]),
        (5, 2, []),
        (5, 10, [(3, 3), (9, 9)]),
        (5, 99, [(3, 3), (9, 9)]),
    ],
)
def test_what_a_check_found_live_that_breaks_down_when_looking_again_is_not_taken_back(
    first: int,
    second: int,
    steps: list[tuple[int, int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where it broke down in both, what the second look found is told."""
    monkeypatch.setattr(Tired, "breaks", [first, second])
    run = overwritten(8, 20)
    live, told = _record_and_follow(tmp_path / "run.iairec", run, checks=[*ALL, Tired])
    result = live.finish()
    results = result.results
    assert result.looked_again
    assert codes(told) == [(1, 900, 3), (1, 11, 8)]
    assert steps_of(results.located, 900) == steps
    assert result.taken_back == ((1, 11),)
    assert results.faults == [
        f"check 900 (tired) failed at step {second}: ZeroDivisionError('by nothing'); "
        "please report it"
    ] * (second < 99)
    found = [located.finding.step for located in results.located if located.simulation is not None]
    assert found == sorted(found)


def test_reading_takes_nothing_of_the_time_to_look_again(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that each reading of the recording puts on by more than there is time for."""
    live, _ = followed(tmp_path / "run.iairec", SPOILT, 8)
    clock, readings = [0.0], []
    restored_steps = live_checks.restored_steps

    def slowly(observations: Any, **more: Any) -> Any:
        clock[0] += 100.0
        readings.append(1)
        return restored_steps(observations, **more)

    monkeypatch.setattr(live_checks, "restored_steps", slowly)
    monkeypatch.setattr(
        live_checks,
        "time",
        SimpleNamespace(
            process_time=lambda: clock[0], monotonic=time.monotonic, time_ns=time.time_ns
        ),
    )
    result = live.finish()
    results = result.results
    assert (result.looked_again, result.left_out, results.steps, len(readings)) == (
        True,
        0,
        13,
        1,
    )


def with_a_late_answer(live: LiveChecks, looks: Container[int]) -> None:
    """Record an ``initialize`` whose answer comes late: another simulation has made five steps.

    Numbers follow the order of the recording: that one stays the first. Looks after ``looks``.
    """
    (late,) = mistakes.run(steps=0, info=False)
    late["answer"]["recurrent_states"] = [
        [number + 7 for number in row] for row in late["answer"]["recurrent_states"]
    ]
    first, *others = exchanges_of([late, *overwritten(1, 8)])
    with RecordingWriter(live._path) as writer:
        for number, exchange in enumerate([*others[:7], first, *others[7:]]):
            writer.append(lambda exchange=exchange: exchange).result()
            if number in looks:
                live.look()


@pytest.mark.usefixtures("at_once")
def test_a_simulation_keeps_its_number_when_another_is_answered_late(
    tmp_path: Path,
) -> None:
    told: list[Located] = []
    live = LiveChecks(tmp_path / "run.iairec", ALL, told.append, egos=())
    with_a_late_answer(live, range(99))
    seen_live = steps_of(live._live.runner.end().located, 11)
    result = live.finish()
    results = result.results
    assert codes(told) == [(1, 11, 1)]
    assert result.taken_back == ()
    assert [
        (located.simulation, *steps)
        for located in results.located
        for steps in steps_of([located], 11)
    ] == [(1, 1, 8)]
    assert seen_live == [(1, 8)]


@pytest.mark.usefixtures("at_once")
def test_what_was_seen_live_is_kept_where_an_earlier_request_is_answered_late(
    tmp_path: Path,
) -> None:
    told: list[Located] = []
    live = LiveChecks(tmp_path / "run.iairec", ALL, told.append, egos=())
    with_a_late_answer(live, range(7))
    result = live.finish()
    assert codes(told) == [(1, 11, 1)]
    assert [located.check.code for located in result.results.located] == [11]
    assert (result.looked_again, result.left_out, result.taken_back) == (True, 0, ())
    assert result.results.located == list(diagnosed(tmp_path / "run.iairec", ALL, ()).located)


def test_a_step_is_looked_at_when_it_has_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of a large call may still come in."""
    told: list[Located] = []
    live = LiveChecks(tmp_path / "run.iairec", ALL, told.append)
    write_recording(tmp_path / "run.iairec", SPOILT)
    monkeypatch.setattr(live_checks, "_SETTLED_NS", 10**18)
    live.look()
    assert told == []
    monkeypatch.setattr(live_checks, "_SETTLED_NS", 0)
    live.look()
    assert codes(told) == [(1, 203, 1)]


@pytest.mark.usefixtures("at_once")
def test_when_the_client_has_ended_no_more_steps_are_looked_at_live(tmp_path: Path) -> None:
    told: list[Located] = []  # something at step 1
    path = tmp_path / "run.iairec"
    live = LiveChecks(path, ALL, told.append, stopped=lambda: bool(told))
    write_recording(tmp_path / "run.iairec", SPOILT)
    live.look()
    assert live._live.runner.result.steps == 2


def test_a_recording_that_was_never_made_has_nothing(tmp_path: Path) -> None:
    live = LiveChecks(tmp_path / "run.iairec", ALL, lambda _: None)
    live.look()
    result = live.finish()
    results = result.results
    assert (results.located, results.steps, results.faults) == ([], 0, [])
