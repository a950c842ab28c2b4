"""A function over many items: outcomes in order, whatever happens to some, in processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from support import jobs
from support.recordings import python

from iai_proxy.jobs import Local, Outcome, each
from iai_proxy.jobs.outcome import DEADLY

here = pytest.mark.parametrize("on", [Local(1), Local(2)], ids=["here", "processes"])

#: A parent that prints the numbers of its processes, and then waits for the third item for ever.
PARENT = """
    import sys
    from iai_proxy.jobs import Local, each
    from support import jobs
    outcomes = each(jobs.first_two, range(9), on=Local(2))
    print(next(outcomes).result, next(outcomes).result, flush=True)
    next(outcomes)
"""


@here
def test_outcomes_are_in_the_order_of_the_items(on: Local) -> None:
    done = [outcome.result for outcome in each(jobs.slow_at_first, range(12), on=on)]
    assert done == list(range(12))


@here
def test_an_error_is_the_outcome_of_its_item_alone(on: Local) -> None:
    found = list(each(jobs.squared_if_even, [2, 3, 4], on=on))
    assert found == [Outcome(4), Outcome(None, "3 is odd", 3), Outcome(16)]


@here
def test_what_no_one_expected_is_an_outcome_too(on: Local, tmp_path: Path) -> None:
    [fault, _] = each(jobs.faulty, [1, 2], on=on)
    assert fault.error
    assert "invalid literal" in fault.error
    assert fault.error.endswith("please report it")
    [memory, _] = each(jobs.out_of_memory, [1, 2], on=on)
    assert memory.error == "there is not enough memory for it"
    [missing, _] = each(jobs.missing, [tmp_path / "no", tmp_path / "none"], on=on)
    assert missing.error == f"No such file or directory: {tmp_path / 'no'}"
    assert missing.exit_code == 3


@here
def test_no_items_are_no_outcomes(on: Local) -> None:
    assert list(each(jobs.squared, [], on=on)) == []


@here
def test_progress_is_told_up_to_the_end(on: Local) -> None:
    told: list[tuple[int, int]] = []
    list(each(jobs.squared, range(6), on=on, tell=lambda *counts: told.append(counts)))
    assert told == sorted(told)
    assert told[-1] == (6, 6)


def test_as_many_processes_work_as_were_asked_for() -> None:
    used = Counter(outcome.result for outcome in each(jobs.process_id, range(8), on=Local(3)))
    assert len(used) == 3
    assert os.getpid() not in used


def test_an_item_that_ends_each_process_costs_no_other_item() -> None:
    found = list(each(jobs.deadly_at_seven, range(12), on=Local(2)))
    assert [outcome.result for outcome in found] == [*range(7), None, *range(8, 12)]
    assert found[7].error == DEADLY


def test_a_process_that_is_killed_costs_no_result(tmp_path: Path) -> None:
    marks = [tmp_path / str(number) for number in range(4)]
    found = [outcome.result for outcome in each(jobs.deadly_once, marks, on=Local(2))]
    assert found == ["0", "1", "2", "3"]


def test_few_items_are_ahead_of_the_one_that_is_taken(tmp_path: Path) -> None:
    outcomes = each(partial(jobs.noted, tmp_path), range(200), on=Local(2))
    next(outcomes)
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) < 20
    outcomes.close()


def test_a_result_that_can_not_be_sent_is_an_error() -> None:
    [outcome, _] = each(jobs.not_to_be_sent, [1, 2], on=Local(2))
    assert outcome.error
    assert outcome.error.startswith("the result can't be sent")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left(how: signal.Signals) -> None:
    with python(PARENT, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout
        children = [int(word) for word in parent.stdout.readline().split()]
        parent.send_signal(how)
        parent.wait(60)
    assert len(set(children)) == 2
    until = time.monotonic() + 60
    while any(map(is_there, children)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(is_there, children))


def is_there(pid: int) -> bool:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return after_name.split()[0] not in {"Z", "X"}
