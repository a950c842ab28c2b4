"""Recurrent states as fingerprints: equal for equal numbers only."""

from __future__ import annotations

from typing import Any

import pytest

from iai_proxy.api.recurrent_rows import rows_of


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([None], [[0.0]]),
        ([[0.0]], [[0.0, 0.0]]),
        ([[]], [[0.0]]),
        ([None, [0]], [[0], None]),
        ([[1.0]], [[2.0]]),
        ([[1.0], [2.0]], [[2.0], [1.0]]),
        ([[1.0], [2.0]], [[1.0, 2.0]]),
    ],
)
def test_different_rows_have_different_digests(first: Any, second: Any) -> None:
    one, other = rows_of(first), rows_of(second)
    assert one is not None
    assert other is not None
    assert one.digest != other.digest


def test_equal_numbers_have_equal_digests() -> None:
    one, other = rows_of([[1, 0.0, -0.0]]), rows_of([[1.0, -0.0, 0]])
    assert one is not None
    assert other is not None
    assert one.digest == other.digest


@pytest.mark.parametrize("rows", [[[True]], [[2**53]], [["1"]], [[None]], [1], {}, None, [], "x"])
def test_no_fingerprints_stand_for_what_they_do_not_tell_apart(rows: Any) -> None:
    assert rows_of(rows) is None
