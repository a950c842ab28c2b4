"""Checks over a recording while it is written."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from checks import mistakes  # type: ignore[import-not-found]
from store.test_diagnosing import exchanges_of, write_recording

from iai_proxy.checks.model import Located
from iai_proxy.checks.registry import ALL
from iai_proxy.store import RecordingWriter, following
from iai_proxy.store.diagnosing import diagnosed
from iai_proxy.store.following import Follower


def rounded(request: dict[str, Any]) -> None:
    request["recurrent_states"] = [[round(one, 4) for one in row] for row in request["recurrent_states"]]


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
    assert [(one.finding.step, one.finding.last_step) for one in walked.located if one.check.code == 203] == [(1, 12)]
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


def followed(path: Path, run: list[dict[str, Any]]) -> tuple[Follower, list[Located]]:
    """Record a run, looking after each call as the thread does, but for its waiting; and what was told."""
    told: list[Located] = []
    follower = Follower(path, ALL, told.append)
    with RecordingWriter(path) as writer:
        for exchange in exchanges_of(run):
            writer.append(lambda exchange=exchange: exchange).result()
            follower._look(follower._live, until=None, settled_ns=1, rest=0.0)
    return follower, told


def steps_of(located: Iterable[Located], code: int) -> list[tuple[int, int]]:
    return [(one.finding.step, one.finding.last_step) for one in located if one.check.code == code]


def test_what_was_told_and_no_longer_holds_is_taken_back(tmp_path: Path) -> None:
    """Agent 0 is overwritten from step 8 on: told at once, and an ego in the end (13 of 20 steps)."""
    follower, told = followed(tmp_path / "run.iairec", overwritten(8, 20))
    walked = follower.finish()
    assert [one.check.code for one in told] == [11]
    assert follower.taken_back == [(1, 11)]
    assert follower.looked_again
    assert walked.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


def test_what_shows_only_in_the_end_is_told_then(tmp_path: Path) -> None:
    """Agent 0 looks like an ego until step 6; in the end these are 6 steps of 20."""
    follower, told = followed(tmp_path / "run.iairec", overwritten(1, 6))
    assert told == []
    walked = follower.finish()
    assert [(one.check.code, one.finding.step, one.finding.last_step) for one in told] == [(11, 1, 6)]
    assert follower.taken_back == []
    assert walked.located == list(diagnosed(tmp_path / "run.iairec", ALL).located)


def test_where_there_is_no_time_to_look_again_what_was_found_live_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    monkeypatch.setattr(following, "time", SimpleNamespace(monotonic=lambda: next(clock), time_ns=time.time_ns))
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    walked = follower.finish()
    assert follower.looked_again
    assert 2 < walked.steps < 13
    assert walked.steps + follower.left_out == 13
    assert steps_of(walked.located, 203) == [(1, walked.steps - 1)]


def test_a_clock_that_was_set_back_hides_nothing_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "time", SimpleNamespace(monotonic=time.monotonic, time_ns=lambda: 0))
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    walked = follower.finish()
    assert (walked.steps, follower.left_out) == (13, 0)
    assert steps_of(walked.located, 203) == [(1, 12)]


def test_steps_that_nobody_had_time_for_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_AGAIN_S", -1.0)
    monkeypatch.setattr(following, "_AT_END_S", -1.0)
    follower = Follower(tmp_path / "run.iairec", ALL, lambda _: None)
    write_recording(tmp_path / "run.iairec", SPOILT)
    walked = follower.finish()
    assert (walked.steps, follower.left_out, walked.located) == (0, 13, [])


def test_where_looking_again_breaks_down_what_was_found_live_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    follower, told = followed(tmp_path / "run.iairec", SPOILT)
    monkeypatch.setattr(following, "egos_of", broken)
    walked = follower.finish()
    assert codes(told) == [(1, 203, 1)]
    assert steps_of(walked.located, 203) == [(1, 12)]
    assert (follower.looked_again, follower.taken_back) == (False, [])
    assert walked.faults == ["the checks could not go on (ZeroDivisionError('by nothing')): please report it"]


def test_a_simulation_whose_number_changes_is_told_once_and_not_taken_back(tmp_path: Path) -> None:
    """An ``initialize`` is answered after a simulation that began later has made five steps, and becomes the first."""
    (late,) = mistakes.run(steps=0, info=False)
    late["answer"]["recurrent_states"] = [[one + 7 for one in row] for row in late["answer"]["recurrent_states"]]
    first, *others = exchanges_of([late, *overwritten(1, 8)])
    told: list[Located] = []
    follower = Follower(tmp_path / "run.iairec", ALL, told.append, egos=())
    with RecordingWriter(tmp_path / "run.iairec") as writer:
        for exchange in [*others[:7], first, *others[7:]]:
            writer.append(lambda exchange=exchange: exchange).result()
            follower._look(follower._live, until=None, settled_ns=1, rest=0.0)
    live = steps_of(follower._live.walk.end().located, 11)
    walked = follower.finish()
    assert codes(told) == [(1, 11, 1)]
    assert follower.taken_back == []
    assert [(one.simulation, *steps) for one in walked.located for steps in steps_of([one], 11)] == [(2, 1, 8)]
    assert live == [(1, 8)]


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
