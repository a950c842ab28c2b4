"""Pauses after wrong passwords, with a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from iai_proxy.session.password_pauses import PasswordPauses

GUESSER = "192.0.2.1"


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def guess(pauses: PasswordPauses, clock: Clock, address: str = GUESSER) -> float:
    """Try a wrong password, and wait as told; return how long that was."""
    wait = pauses.before_try_s(address)
    clock.now += wait
    pauses.wrong(address)
    return wait


def test_the_pause_doubles_up_to_ten_seconds(clock: Clock) -> None:
    pauses = PasswordPauses(clock)
    waits = [guess(pauses, clock) for _ in range(9)]
    assert waits == [0, 0.25, 0.5, 1, 2, 4, 8, 10, 10]


def test_a_hundred_guesses_at_once_are_looked_at_no_sooner(clock: Clock) -> None:
    pauses = PasswordPauses(clock)
    pauses.wrong(GUESSER)
    waits = [pauses.before_try_s(GUESSER) for _ in range(100)]
    assert waits[:4] == [0.25, 0.5, 0.75, 1.0]
    assert max(waits) < 30


def test_others_do_not_wait_and_a_right_password_ends_the_pauses(clock: Clock) -> None:
    pauses = PasswordPauses(clock)
    for _ in range(5):
        guess(pauses, clock)
    assert pauses.before_try_s("192.0.2.2") == 0
    assert pauses.before_try_s(GUESSER) > 0
    pauses.right(GUESSER)
    assert pauses.before_try_s(GUESSER) == 0


def test_wrong_ones_are_forgotten_after_five_minutes(clock: Clock) -> None:
    pauses = PasswordPauses(clock)
    for _ in range(5):
        guess(pauses, clock)
    clock.now += 301
    assert pauses.before_try_s(GUESSER) == 0


def test_all_addresses_of_an_ipv6_network_are_one_guesser(clock: Clock) -> None:
    pauses = PasswordPauses(clock)
    pauses.wrong("2001:db8::1")
    assert pauses.before_try_s("2001:db8::ffff%eth0") == 0.25
    assert pauses.before_try_s("2001:db8:0:1::1") == 0
    pauses.wrong("::ffff:192.0.2.1")
    assert pauses.before_try_s(GUESSER) == 0.25


def test_no_number_of_addresses_takes_more_memory(clock: Clock) -> None:
    pauses = PasswordPauses(clock)
    for number in range(5000):
        pauses.wrong(f"10.0.{number // 256}.{number % 256}")
    assert len(pauses._tries) == 1000
