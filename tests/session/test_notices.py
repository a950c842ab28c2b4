"""Notices to the user while a proxy runs: each once, with what to do."""

from __future__ import annotations

from iai_proxy.session.notices import Notices
from iai_proxy.settings.wording import PYTHON


def test_each_notice_is_shown_once() -> None:
    said: list[str] = []
    notices = Notices(said.append)
    for key, text in (("a", "first"), ("b", "second"), ("a", "first again")):
        notices.once(key, text)
    assert said == ["first", "second"]
    assert [notices.shown(key) for key in "abc"] == [True, True, False]


def test_notices_are_in_the_words_of_the_place() -> None:
    said: list[str] = []
    Notices(said.append, PYTHON).once("a", "--maps got no location_info")
    assert said == ["maps=True got no location_info"]


def test_wrong_passwords_are_said_once_an_address_and_counted() -> None:
    said: list[str] = []
    notices = Notices(said.append)
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        notices.wrong_password(address)
    assert len(said) == 2
    assert "192.0.2.1 gave a wrong password" in said[0]
    assert list(notices.summary()) == [
        "2 wrong passwords from 192.0.2.1",
        "1 wrong password from 192.0.2.2",
    ]


def test_no_number_of_addresses_is_all_said() -> None:
    said: list[str] = []
    notices = Notices(said.append)
    for number in range(500):
        notices.wrong_password(f"10.0.{number // 256}.{number % 256}")
    assert len(said) == 21
    assert list(notices.summary())[-1] == "480 wrong passwords from others"
