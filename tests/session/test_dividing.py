"""The process that divides: kept, killed, ended by too long work; no other call notices."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from iai_proxy.api import Endpoint
from iai_proxy.large.answers import AnswerError
from iai_proxy.large.payload import PayloadError
from iai_proxy.session import dividing
from iai_proxy.session.dividing import BrokenOffError, Divider, Dividers, DividingError

pytestmark = pytest.mark.xdist_group("dividing")

CALL = {"location": "a", "agent_states": [[0.0, 0.0, 0.0, 0.0]]}


def never() -> bool:
    return False


def begin(divider: Divider, call: Any = CALL) -> Any:
    given = json.dumps(call).encode(), ""
    return divider.ask(never, "begin", Endpoint.LARGE_DRIVE, coded=given)


@pytest.fixture
def dividers() -> Iterator[Dividers]:
    made = Dividers()
    yield made
    made.end()


@pytest.fixture
def divider(dividers: Dividers) -> Iterator[Divider]:
    taken = dividers.take()
    yield taken
    taken.end()


def test_a_call_is_divided_there_and_its_answers_are_merged(divider: Divider) -> None:
    assert begin(divider) == (1, 1, 8)
    assert json.loads(divider.ask(never, "request", 0))["agent_states"] == CALL["agent_states"]
    answer = json.dumps({"agent_states": [[1.0, 0.0, 0.0, 0.0]]}).encode(), ""
    divider.ask(never, "answered", 0, coded=answer)
    merged = json.loads(divider.ask(never, "merged"))
    assert merged["agent_states"] == [[1.0, 0.0, 0.0, 0.0]]


def test_what_is_wrong_with_a_call_comes_back_and_the_next_is_divided(divider: Divider) -> None:
    with pytest.raises(PayloadError, match="Field required") as refused:
        begin(divider, {})
    assert refused.value.detail[0]["loc"] == ["body", "agent_states"]
    begin(divider)
    with pytest.raises(AnswerError, match="its answer is not JSON") as broken:
        divider.ask(never, "answered", 0, coded=(b"<html>", ""))
    assert broken.value.part == 0
    assert begin(divider) == (1, 1, 8)


def test_a_fault_of_ours_is_said_and_ends_nothing(divider: Divider) -> None:
    begin(divider)
    with pytest.raises(DividingError, match=r"an error in dividing: IndexError\(.*please report"):
        divider.ask(never, "answered", 7, coded=(b"{}", ""))
    assert begin(divider) == (1, 1, 8)


def test_it_has_the_priority_of_other_programs(divider: Divider) -> None:
    begin(divider)
    assert psutil.Process(divider.pid).nice() == psutil.Process().nice()


def test_one_is_kept_for_the_next_call_and_one_that_was_killed_is_not(dividers: Dividers) -> None:
    first = dividers.take()
    second = dividers.take()
    assert first.pid != second.pid
    dividers.give_back(first)
    assert dividers.take() is first
    os.kill(first.pid, signal.SIGKILL)
    with pytest.raises(DividingError, match=r"has ended \(-9\): it was killed, or its memory"):
        begin(first)
    dividers.give_back(first)
    third = dividers.take()
    assert begin(third) == (1, 1, 8)
    for taken in (second, third):
        dividers.give_back(taken)


def test_one_that_is_killed_while_no_one_has_it_is_not_given_out(dividers: Dividers) -> None:
    taken = dividers.take()
    dividers.give_back(taken)
    os.kill(taken.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(taken.pid)], timeout=20)
    assert begin(dividers.take()) == (1, 1, 8)


def stopped(divider: Divider) -> None:
    """Have the process do nothing, as if it worked for ever."""
    begin(divider)
    os.kill(divider.pid, signal.SIGSTOP)


def test_what_no_one_waits_for_is_broken_off(divider: Divider) -> None:
    stopped(divider)
    gone = threading.Event()
    threading.Timer(0.2, gone.set).start()
    with pytest.raises(BrokenOffError):
        divider.ask(gone.is_set, "request", 0)
    assert not psutil.pid_exists(divider.pid)


def test_what_it_does_not_even_take_is_broken_off_too(divider: Divider) -> None:
    stopped(divider)
    with pytest.raises(BrokenOffError):
        divider.ask(lambda: True, "begin", Endpoint.LARGE_DRIVE, coded=(bytes(10_000_000), ""))
    assert not psutil.pid_exists(divider.pid)


def test_what_takes_too_long_is_refused_with_a_sentence(
    divider: Divider, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(divider)
    monkeypatch.setattr(dividing, "WORK_S", 0.2)
    with pytest.raises(DividingError, match="takes more than 30 s to divide, or its answers to"):
        divider.ask(never, "request", 0)
    assert not psutil.pid_exists(divider.pid)


def test_one_that_still_works_when_it_is_given_back_is_ended(dividers: Dividers) -> None:
    taken = dividers.take()
    stopped(taken)
    asked = threading.Thread(target=_ask_in_vain, args=(taken,))
    asked.start()
    while not taken.is_busy:
        pass
    dividers.give_back(taken)
    asked.join(20)
    assert not asked.is_alive()
    assert taken.has_ended


def _ask_in_vain(divider: Divider) -> None:
    with pytest.raises((DividingError, BrokenOffError)):
        divider.ask(never, "request", 0)
