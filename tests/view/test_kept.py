"""What was made from steps is kept until one of them changes."""

from __future__ import annotations

from iai_proxy.view.kept import Kept, Steps


def made(kept: Kept[str], steps: Steps, value: str) -> str:
    return kept.get(steps, lambda: value)


def test_a_value_is_made_once() -> None:
    kept: Kept[str] = Kept(2)
    steps = Steps(1, 1, 0, 200)
    assert made(kept, steps, "first") == made(kept, steps, "second") == "first"


def test_the_one_unused_for_longest_is_forgotten() -> None:
    kept: Kept[str] = Kept(2)
    one, two, three = (Steps(1, 1, start, start + 200) for start in (0, 200, 400))
    for steps in (one, two, one, three):
        made(kept, steps, "old")
    assert [made(kept, steps, "new") for steps in (one, three)] == ["old", "old"]
    assert made(kept, two, "new") == "new"


def test_only_what_has_changed_is_forgotten() -> None:
    kept: Kept[str] = Kept(9)
    before, across, other = Steps(1, 1, 0, 200), Steps(1, 1, 200, 400), Steps(1, 2, 200, 400)
    for steps in (before, across, other):
        made(kept, steps, "old")
    kept.drop({(1, 1): 250})
    assert [made(kept, steps, "new") for steps in (before, across, other)] == ["old", "new", "old"]


def test_what_changes_while_it_is_made_is_not_kept() -> None:
    kept: Kept[str] = Kept(9)
    steps = Steps(1, 1, 0, 200)

    def make() -> str:
        kept.drop({(1, 1): 0})
        return "old"

    assert kept.get(steps, make) == "old"
    assert made(kept, steps, "new") == "new"
