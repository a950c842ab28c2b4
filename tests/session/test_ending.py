"""Calls under way come to their end, in their time, unless another signal comes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from iai_proxy.client.process import Stops
from iai_proxy.session.ending import ANOTHER, come_to_end, unless_stopped_again

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """What ends leaves these ignored."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class FakeCalls:
    """Ends a call each time it is looked at, until so many are left."""

    def __init__(self, count: int, stay: int = 0) -> None:
        self.count = count + 1
        self.stay = stay
        self.takes_more = True

    def take_no_more(self) -> None:
        self.takes_more = False

    @property
    def under_way(self) -> int:
        self.count = max(self.count - 1, self.stay)
        return self.count


def test_calls_are_waited_for_and_counted_in_words() -> None:
    calls, said = FakeCalls(4), list[str]()
    asyncio.run(come_to_end(calls, 60.0, said.append, ANOTHER))
    assert said == ["waiting for 3 calls, up to 60 s; another signal ends it now"]
    assert (calls.count, calls.takes_more) == (0, False)


def test_where_none_is_under_way_nothing_is_said() -> None:
    said = list[str]()
    asyncio.run(come_to_end(FakeCalls(0), 60.0, said.append))
    assert said == []


@pytest.mark.parametrize(("grace_s", "waited"), [(0.0, 0), (0.5, 1)])
def test_what_takes_longer_is_given_up_and_that_is_said(grace_s: float, waited: int) -> None:
    said = list[str]()
    asyncio.run(come_to_end(FakeCalls(1, stay=1), grace_s, said.append))
    assert len(said) == waited + 1
    assert said[-1] == f"1 call still under way after {grace_s:g} s (--grace)"


@pytest.mark.parametrize("number", SIGNALS)
def test_another_signal_ends_it_at_once_and_what_is_lost_is_said(number: int) -> None:
    calls, said = FakeCalls(2, stay=2), list[str]()

    async def stopped_twice() -> None:
        with Stops() as stops:
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
            await stops.another()
            asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)
            ending = come_to_end(calls, 600.0, said.append, ANOTHER)
            await unless_stopped_again(ending, stops, calls, said.append)
        os.kill(os.getpid(), number)  # while we end, no signal does anything

    asyncio.run(stopped_twice())
    assert said[0].startswith("waiting for 2 calls, up to 600 s")
    assert said[-1] == "ending at once, as another signal came, with 2 calls under way"


def test_under_nohup_a_closed_terminal_stays_unheard() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def deaf() -> None:
        with Stops() as stops:
            os.kill(os.getpid(), signal.SIGHUP)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stops.another(), 0.1)

    asyncio.run(deaf())
