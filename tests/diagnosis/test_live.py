"""Checks over a recording while it is written."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable, Container, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_files import exchanges_of, write_recording

from iai_proxy.diagnosis import live as following
from iai_proxy.diagnosis.check import Check, Finding, Located, Severity
from iai_proxy.diagnosis.files import diagnosed
from iai_proxy.diagnosis.live import Follower
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.step_reader import StepReader
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.errors import InputError
from iai_proxy.lineage.joining import Joined
from iai_proxy.recordings import RecordingWriter


def rounded(request: dict[str, Any]) -> None:
    request["recurrent_states"] = [
        [round(one, 4) for one in row] for row in request["recurrent_states"]
    ]


SPOILT = mistakes.run(mistakes.always(rounded), steps=12)


def codes(found: list[Located]) -> list[tuple[int | None, int, int]]:
    return [(one.simulation, one.check.code, one.finding.step) for one in found]


def test_a_finding_is_told_once_while_the_recording_is_still_written(tmp_path: Path) -> None:
    told: list[Located] = []
    seen = threading.Event()

    def tell(located: Located) -> None:
        told.append(located)
        seen.set()

    path = tmp_path / "run.iairec"
    follower = Follower(path, ALL, tell)
    with RecordingWriter(path) as writer:
        follower.start()
        for exchange in exchanges_of(SPOILT):
            writer.append(lambda exchange=exchange: exchange).result()
        assert seen.wait(20)
        follower.stop()
    walked = follower.finish()
    assert codes(told) == [(1, 203, 1)]
    assert [
        (one.finding.step, one.finding.last_step) for one in walked.located if one.check.code == 203
    ] == [(1, 12)]
    assert (walked.steps, walked.faults, follower.left_out) == (13, [], 0)
    assert [found.name for found in tmp_path.iterdir()] == ["run.iairec"]


def test_what_nobody_had_time_for_is_looked_at_in_the_end(tmp_path: Path) -> None:
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", ALL, told.append)
    follower.start()
    write_recording(tmp_path / "run.iairec", SPOILT)
    assert follower.finish().steps == 13
    assert codes(told) == [(1, 203, 1)]


def test_of_a_recording_that_is_continued_only_what_is_new_is_told(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "run.iairec", SPOILT)
    told: list[Located] = []
    follower = Follower(path, ALL, told.append)
    with RecordingWriter(path, append=True) as writer:
        for exchange in exchanges_of(mistakes.run(steps=3)):
            writer.append(lambda exchange=exchange: exchange)
    walked = follower.finish()
    assert told == []
    assert walked.steps == 4


def overwritten(first: int, last: int) -> list[dict[str, Any]]:
    """A run of 20 steps; the client moves agent 0 at some of them."""

    def edit(step: int, request: dict[str, Any]) -> None:
        if first <= step <= last:
            (x, *rest), *others = request["agent_states"]
            request["agent_states"] = [[x + 0.2, *rest], *others]

    return mistakes.run(edit, steps=20, agents=5)


Followed = Callable[..., tuple[Follower, list[Located]]]


@pytest.fixture(name="at_once")
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread's work without its waiting."""
    monkeypatch.setattr(following, "_SETTLED_NS", 0)
    monkeypatch.setattr(following, "_REST", 0.0)


@pytest.fixture(name="followed")
def _followed(at_once: None) -> Followed:
    return _record_and_follow


def _record_and_follow(
    path: Path, run: list[dict[str, Any]], looks: int = 99
) -> tuple[Follower, list[Located]]:
    """Record a run, looking after each of the first calls as the thread does; and what was told."""
    told: list[Located] = []
    follower = Follower(path, ALL, told.append)
    with RecordingWriter(path) as writer:
        for number, exchange in enumerate(exchanges_of(run)):
            writer.append(lambda exchange=exchange: exchange).result()
            if number < looks:
                follower._look()
    return follower, told


def steps_of(located: Iterable[Located], code: int) -> list[tuple[int, int]]:
    return [(one.finding.step, one.finding.last_step) for one in located if one.check.code == code]


def test_what_was_told_and_no_longer_holds_is_taken_back(
    followed: Followed, tmp_path: Path
) -> None:
    """Agent 0 is overwritten from step 8 on: told at once, and an ego in the end (13 of 20 steps)."""
    follower, told = followed(tmp_path / "run.iairec", overwritten(8, 20))
    walked = follower.finish()
    assert [one.check.code for one in told] == [11]
    assert follower.taken_back == [(1, 11)]
    assert follower.looked_again
    assert walked.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


def test_what_shows_only_in_the_end_is_told_then(followed: Followed, tmp_path: Path) -> None:
    """Agent 0 looks like an ego until step 6; in the end these are 6 steps of 20."""
    follower, told = followed(tmp_path / "run.iairec", overwritten(1, 6))
    assert told == []
    walked = follower.finish()
    assert [(one.check.code, one.finding.step, one.finding.last_step) for one in told] == [
        (11, 1, 6)
    ]
    assert follower.taken_back == []
    assert walked.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


def test_where_there_is_no_time_to_look_again_what_was_found_live_stands(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_AGAIN_S", -1.0)
    follower, told = followed(tmp_path / "run.iairec", overwritten(8, 20))
    walked = follower.finish()
    assert [one.check.code for one in told] == [11]
    assert (follower.looked_again, follower.left_out, follower.taken_back) == (False, 0, [])
    # from step 14 on it is an ego: 7 of 14 steps are half of them, 8 of 15 more
    assert steps_of(walked.located, 11) == [(8, 14)]
    assert (walked.steps, walked.faults) == (21, [])


def test_where_looking_again_comes_further_than_what_was_seen_live_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was seen live; by a clock that is a second further each time that it is read there is time for some."""
    clock = itertools.count()
    monkeypatch.setattr(
        following, "time", SimpleNamespace(monotonic=lambda: next(clock), time_ns=time.time_ns)
    )
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    walked = follower.finish()
    assert follower.looked_again
    assert 2 < walked.steps < 13
    assert walked.steps + follower.left_out == 13
    assert steps_of(walked.located, 203) == [(1, walked.steps - 1)]


def test_a_clock_that_was_set_back_hides_nothing_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        following, "time", SimpleNamespace(monotonic=time.monotonic, time_ns=lambda: 0)
    )
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    walked = follower.finish()
    assert (walked.steps, follower.left_out) == (13, 0)
    assert steps_of(walked.located, 203) == [(1, 12)]


def test_steps_that_nobody_had_time_for_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_AGAIN_S", -1.0)
    monkeypatch.setattr(following, "_AT_END_S", -1.0)
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    walked = follower.finish()
    assert (walked.steps, follower.left_out, walked.located) == (0, 13, [])


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
    [("reading", 6, 0), ("the pass over all", 12, 0), ("both passes", 6, 6)],
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
    """Seven of 13 steps were seen live; the pass over all breaks down at its first one."""
    follower, told = followed(tmp_path / "run.iairec", SPOILT, 8)
    view, broken = StepReader.view, []

    def breaking(reader: StepReader, one: Joined) -> StepView:
        broken.append(1)
        if where == "both passes" or len(broken) == 1:
            raise error
        return view(reader, one)

    def unread(*_: object) -> None:
        raise error

    if where == "reading":
        monkeypatch.setattr(following, "egos_of", unread)
    else:
        monkeypatch.setattr(StepReader, "view", breaking)
    walked = follower.finish()
    assert codes(told) == [(1, 203, 1)]
    assert steps_of(walked.located, 203) == [(1, last)]
    assert (follower.looked_again, follower.left_out, follower.taken_back) == (False, left_out, [])
    assert walked.faults == [said]


class Tired(Check):
    """Warns at steps 3 and 9, and breaks down at a step of each walk, one after the other; never where it is none."""

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
    ("live", "again", "steps"),
    [
        (99, 6, [(3, 3), (9, 9)]),
        (5, 4, [(3, 3)]),
        (5, 2, []),
        (5, 10, [(3, 3), (9, 9)]),
        (5, 99, [(3, 3), (9, 9)]),
    ],
)
def test_what_a_check_found_live_that_breaks_down_when_looking_again_is_not_taken_back(
    live: int,
    again: int,
    steps: list[tuple[int, int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where it broke down in both, what the last walk found is told."""
    monkeypatch.setattr(Tired, "breaks", [live, again])
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", [*ALL, Tired], told.append)
    write_recording(tmp_path / "run.iairec", SPOILT)
    follower._look()
    walked = follower.finish()
    assert follower.looked_again
    assert codes(told) == [(1, 203, 1), (1, 900, 3)]
    assert steps_of(walked.located, 900) == steps
    assert follower.taken_back == []
    assert walked.faults == [
        f"check 900 (tired) failed at step {again}: ZeroDivisionError('by nothing'); please report it"
    ] * (again < 99)
    found = [one.finding.step for one in walked.located if one.simulation is not None]
    assert found == sorted(found)


def test_reading_takes_nothing_of_the_time_to_look_again(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that each reading of the recording puts on by more than there is time for."""
    follower, _ = followed(tmp_path / "run.iairec", SPOILT)
    clock, readings = [0.0], []
    restored_steps = following.restored_steps

    def slowly(observations: Any) -> Any:
        clock[0] += 100.0
        readings.append(1)
        return restored_steps(observations)

    monkeypatch.setattr(following, "restored_steps", slowly)
    monkeypatch.setattr(
        following, "time", SimpleNamespace(monotonic=lambda: clock[0], time_ns=time.time_ns)
    )
    walked = follower.finish()
    assert (follower.looked_again, follower.left_out, walked.steps, len(readings)) == (
        True,
        0,
        13,
        1,
    )


def renumbered(follower: Follower, looks: Container[int]) -> None:
    """Record an ``initialize`` that is answered after a simulation that began later has made five steps.

    That becomes the second one then. It is looked at after some of the calls, by their place.
    """
    (late,) = mistakes.run(steps=0, info=False)
    late["answer"]["recurrent_states"] = [
        [one + 7 for one in row] for row in late["answer"]["recurrent_states"]
    ]
    first, *others = exchanges_of([late, *overwritten(1, 8)])
    with RecordingWriter(follower._path) as writer:
        for number, exchange in enumerate([*others[:7], first, *others[7:]]):
            writer.append(lambda exchange=exchange: exchange).result()
            if number in looks:
                follower._look()


@pytest.mark.usefixtures("at_once")
def test_a_simulation_whose_number_changes_is_told_once_and_not_taken_back(tmp_path: Path) -> None:
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", ALL, told.append, egos=())
    renumbered(follower, range(99))
    live = steps_of(follower._live.runner.end().located, 11)
    walked = follower.finish()
    assert codes(told) == [(1, 11, 1)]
    assert follower.taken_back == []
    assert [
        (one.simulation, *steps) for one in walked.located for steps in steps_of([one], 11)
    ] == [(2, 1, 8)]
    assert live == [(1, 8)]


@pytest.mark.usefixtures("at_once")
def test_where_numbers_have_changed_nothing_is_said_by_those_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no time to look again; what was seen live was of a simulation that had another number."""
    monkeypatch.setattr(following, "_AGAIN_S", -1.0)
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", ALL, told.append, egos=())
    renumbered(follower, range(7))
    walked = follower.finish()
    assert codes(told) == [(1, 11, 1)]
    assert (walked.located, follower.looked_again, follower.left_out, follower.taken_back) == (
        [],
        False,
        22,
        [],
    )


@pytest.mark.usefixtures("at_once")
def test_a_check_that_breaks_down_again_where_numbers_have_changed_is_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tired, "breaks", [99, 2])
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", [Tired], told.append, egos=())
    renumbered(follower, range(7))
    walked = follower.finish()
    assert codes(told) == [(1, 900, 3)]
    assert (walked.located, follower.looked_again, follower.taken_back) == ([], True, [])


def test_a_step_is_looked_at_when_it_has_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of a large call may still come in."""
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", ALL, told.append)
    write_recording(tmp_path / "run.iairec", SPOILT)
    monkeypatch.setattr(following, "_REST", 0.0)
    monkeypatch.setattr(following, "_SETTLED_NS", 10**18)
    follower._look()
    assert told == []
    monkeypatch.setattr(following, "_SETTLED_NS", 0)
    follower._look()
    assert codes(told) == [(1, 203, 1)]


@pytest.mark.usefixtures("at_once")
def test_when_the_client_has_ended_no_more_steps_are_looked_at_live(tmp_path: Path) -> None:
    follower = Follower(
        tmp_path / "run.iairec", ALL, lambda _: follower._stopped.set()
    )  # at step 1
    write_recording(tmp_path / "run.iairec", SPOILT)
    follower._look()
    assert follower._live.runner.result.steps == 2


def test_a_recording_that_was_never_made_has_nothing(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    follower.start()
    walked = follower.finish()
    assert (walked.located, walked.steps, walked.faults) == ([], 0, [])


def test_threads_give_way_sooner_only_while_it_looks(tmp_path: Path) -> None:
    before = sys.getswitchinterval()
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    follower.start()
    assert sys.getswitchinterval() < before
    begun = time.monotonic()
    follower.stop()
    assert time.monotonic() - begun < 1
    assert sys.getswitchinterval() == before
