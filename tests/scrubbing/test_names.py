"""Names that stand for others."""

from __future__ import annotations

from iai_proxy.scrubbing.names import Names


def test_the_same_name_for_the_same_and_another_for_another() -> None:
    names = Names("place")
    assert [names(place) for place in ("home", "work", "home")] == ["place-a", "place-b", "place-a"]
    assert len(names) == 2


def test_letters_go_on_after_z() -> None:
    names = Names("text")
    made = [names(str(number)) for number in range(26 * 27 + 1)]
    assert made[25:28] == ["text-z", "text-aa", "text-ab"]
    assert made[-2:] == ["text-zz", "text-aaa"]


def test_in_a_text_the_longest_name_is_replaced_first() -> None:
    names = Names("place")
    names("town")
    names("town:north")
    assert names.replaced("from town:north to town") == "from place-b to place-a"
