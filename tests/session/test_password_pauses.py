"""Pauses after wrong passwords, with a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from iai_proxy.session.password_pauses import Guest, PasswordPauses

GUESSER = Guest.of("192.0.2.1", [("User-Agent", "guesser")])
CLIENT = Guest.of("192.0.2.1", [("X-Api-Key", "abc"), ("User-Agent", "python-requests/2")])


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses(clock: Clock) -> PasswordPauses:
    return PasswordPauses(clock)


def wrong(pauses: PasswordPauses, guest: Guest = GUESSER) -> float | None:
    return pauses.tried(guest, is_right=False)


def right(pauses: PasswordPauses, guest: Guest = GUESSER) -> float | None:
    return pauses.tried(guest, is_right=True)


def test_the_pause_doubles_up_to_ten_seconds(pauses: PasswordPauses, clock: Clock) -> None:
    waits = []
    for _ in range(9):
        waits.append(wrong(pauses) or 0.0)
        clock.now += waits[-1]
    assert waits == [0, 0.25, 0.5, 1, 2, 4, 8, 10, 10]


def test_of_two_hundred_tries_at_once_a_few_are_looked_at(pauses: PasswordPauses) -> None:
    waits = [wrong(pauses) for _ in range(200)]
    looked_at = [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 25.75]
    assert waits == looked_at + [None] * 192


def test_a_right_password_does_not_stand_out(pauses: PasswordPauses) -> None:
    for _ in range(5):
        wrong(pauses)
    assert right(pauses) == 7.75  # as long as a wrong one would have waited


def test_where_too_many_wait_a_right_one_is_not_looked_at_either(pauses: PasswordPauses) -> None:
    for _ in range(9):
        wrong(pauses)
    assert right(pauses) is None
    assert right(pauses, CLIENT) is None


def test_guesses_go_on_at_ten_seconds_each_however_many_come(
    pauses: PasswordPauses, clock: Clock
) -> None:
    looked_at = 0
    for _ in range(10 * 600):
        looked_at += wrong(pauses) is not None
        clock.now += 0.1
    assert looked_at <= 8 + 60


def test_who_has_given_the_password_waits_for_no_others_of_the_address(
    pauses: PasswordPauses,
) -> None:
    assert right(pauses, CLIENT) == 0
    for _ in range(100):
        wrong(pauses)
    assert right(pauses, CLIENT) == 0
    assert right(pauses, Guest.of("192.0.2.2", [])) == 0


def test_who_looks_like_a_client_gets_no_guesses_for_nothing(pauses: PasswordPauses) -> None:
    assert right(pauses, CLIENT) == 0
    assert [wrong(pauses, CLIENT) for _ in range(3)] == [0, 0.25, 0.75]


def test_a_right_password_makes_pauses_short_again(pauses: PasswordPauses, clock: Clock) -> None:
    right(pauses, CLIENT)
    for _ in range(5):
        wrong(pauses, CLIENT)
    clock.now += right(pauses, CLIENT) or 0.0
    assert right(pauses, CLIENT) == 0
    wrong(pauses, CLIENT)
    assert wrong(pauses, CLIENT) == 0.25


def test_wrong_ones_are_forgotten_after_five_minutes(pauses: PasswordPauses, clock: Clock) -> None:
    for _ in range(5):
        wrong(pauses)
    clock.now += 310
    assert [wrong(pauses), wrong(pauses)] == [0, 0.25]


def test_all_addresses_of_an_ipv6_network_are_one_guesser(pauses: PasswordPauses) -> None:
    wrong(pauses, Guest.of("2001:db8::1", []))
    assert wrong(pauses, Guest.of("2001:db8::ffff%eth0", [])) == 0.25
    assert wrong(pauses, Guest.of("2001:db8:0:1::1", [])) == 0
    wrong(pauses, Guest.of("::ffff:192.0.2.1", []))
    assert wrong(pauses) == 0.25


def test_no_number_of_guests_takes_more_memory(pauses: PasswordPauses) -> None:
    for number in range(3000):
        guest = Guest.of(f"10.0.{number // 256}.{number % 256}", [])
        wrong(pauses, guest)
        right(pauses, guest)
    assert (len(pauses._tries), len(pauses._known)) == (1000, 1000)


def test_who_asks_is_told_of_every_wrong_password(clock: Clock) -> None:
    told: list[str] = []
    pauses = PasswordPauses(clock, tell=told.append)
    for _ in range(20):
        wrong(pauses)
    right(pauses)
    assert len(told) == 20
