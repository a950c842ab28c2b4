"""Recurrent states as fingerprints: equal for equal numbers only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api.fingerprint import recurrent_fingerprint
from iai_proxy.api.recurrent_rows import rows_of

NUMBERS = (
    st.floats(-1e12, 1e12) | st.integers(-(2**40), 2**40) | st.sampled_from([0, -0.0, -5e-324])
)


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


@given(st.integers(0, 3).flatmap(lambda width: st.lists(st.lists(NUMBERS, min_size=width))))
def test_a_row_has_the_same_fingerprint_alone_and_among_others(rows: list[list[float]]) -> None:
    found = rows_of(rows)
    assert list(found.fingerprints if found else ()) == list(map(recurrent_fingerprint, rows))


@given(st.data(), st.integers(1, 4))
def test_rows_of_the_same_length_are_read_at_once(data: st.DataObject, width: int) -> None:
    row = st.lists(NUMBERS, min_size=width, max_size=width)
    rows = data.draw(st.lists(row, min_size=1))
    found, alone = rows_of(rows), [rows_of([row]) for row in rows]
    assert found is not None
    assert list(found.fingerprints) == [row.fingerprints[0] for row in alone if row]
    assert found.fresh == b"".join(row.fresh for row in alone if row)
