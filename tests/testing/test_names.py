from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.errors import UsageError
from iai_proxy.testing.marker import options_of
from iai_proxy.testing.modes import MODES, Doing, doing
from iai_proxy.testing.names import default_name, recording_path

MODULE = Path("/suite/test_merging.py")


def test_recordings_lie_beside_the_module_and_the_suffix_may_be_left_out() -> None:
    expected = Path("/suite/recordings/test_merging/rush hour.iairec")
    assert (
        recording_path(MODULE, "rush hour")
        == recording_path(MODULE, "rush hour.iairec")
        == expected
    )
    assert recording_path(MODULE, "v1.5") == expected.with_name("v1.5.iairec")
    assert recording_path(MODULE, "shared/one") == expected.with_name("shared") / "one.iairec"


def test_ordinary_names_stay_as_they_are() -> None:
    assert default_name(None, "test_x") == "test_x"
    assert default_name("TestMerging", "test_x[3-0.5]") == "TestMerging.test_x[3-0.5]"


@given(st.text(max_size=400), st.text(max_size=400))
def test_every_test_has_a_name_of_its_own_that_a_file_can_have(one: str, other: str) -> None:
    names = [default_name(None, f"test_x[{part}]") for part in (one, other)]
    assert (names[0] == names[1]) == (one == other)
    for name in names:
        assert not set(name) & set('/\\:*?"<>|\0\n ')
        assert len(f".{name}.iairec.new-journal".encode()) <= 255


@pytest.mark.parametrize(
    ("mode", "missing", "there"),
    [
        ("once", Doing.RECORD, Doing.REPLAY),
        ("new_episodes", Doing.RECORD, Doing.EXTEND),
        ("all", Doing.RECORD, Doing.APPEND),
        ("rewrite", Doing.RECORD, Doing.RECORD),
        ("none", Doing.REFUSE, Doing.REPLAY),
    ],
)
def test_each_mode_knows_what_to_do(
    mode: str, missing: Doing, there: Doing, tmp_path: Path
) -> None:
    path = tmp_path / "a.iairec"
    assert doing(mode, path) is missing
    path.touch()
    assert doing(mode, path) is there
    assert mode in MODES


def test_the_marker_takes_a_name_and_options_of_replay() -> None:
    assert options_of((), {}) == (None, {})
    assert options_of(("a",), {"match": "exact"}) == ("a", {"match": "exact"})
    assert options_of((), {"name": "a", "ignore": "random_seed"}) == (
        "a",
        {"ignore": "random_seed"},
    )
    with pytest.raises(UsageError, match="takes one name"):
        options_of(("a", "b"), {})
    with pytest.raises(UsageError, match="takes one name"):
        options_of((7,), {})
    with pytest.raises(UsageError, match="knows no mach"):
        options_of((), {"mach": "exact"})
