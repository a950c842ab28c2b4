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
