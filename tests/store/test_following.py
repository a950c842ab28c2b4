"""Checks over a recording while it is written."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from checks import mistakes  # type: ignore[import-not-found]
from store.test_diagnosing import exchanges_of, write_recording

from iai_proxy.checks.model import Located, Severity
from iai_proxy.checks.registry import ALL
from iai_proxy.store import RecordingWriter
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


@pytest.mark.parametrize(("first", "last"), [(8, 20), (1, 6)])
def test_in_the_end_all_is_looked_at_again_and_what_no_longer_holds_is_taken_back(
    first: int, last: int, tmp_path: Path
) -> None:
    """Agent 0 is overwritten late, which is told at once, and is an ego in the end; or the other way round."""
    path = tmp_path / "run.iairec"
    told: list[Located] = []
    follower = Follower(path, ALL, told.append)
    with RecordingWriter(path) as writer:
        for exchange in exchanges_of(overwritten(first, last)):
            writer.append(lambda exchange=exchange: exchange).result()
            follower._look(until=None, settled_ns=0, rest=0.0)  # as the thread does, but for its waiting
    walked = follower.finish()
    alone = diagnosed(path, ALL)
    assert walked.located == list(alone.located)
    was_told = {(one.simulation, one.check.code) for one in told}
    holds = {(one.simulation, one.check.code) for one in walked.located if one.check.severity is not Severity.INFO}
    assert set(follower.taken_back) == was_told - holds
    assert was_told >= holds
    assert ((1, 11) in follower.taken_back) == (first > 1)


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
