"""Rows are known by their text, however often and in whatever order they come."""

from __future__ import annotations

import json
import random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api.fingerprint import recurrent_fingerprint
from iai_proxy.api.known_rows import KnownRows
from iai_proxy.api.recurrent_rows import RecurrentRows, rows_of
from iai_proxy.api.recurrent_text import Split

ROWS = [[0.5, -1.25, 3e-7], [0.5, 2.0, 4.0], [7.0, 8.5, 1e-300]]
FINGERPRINTS = [recurrent_fingerprint(row) for row in ROWS]


def dense(rows: Any) -> bytes:
    return orjson.dumps(rows)


def spaced(rows: Any) -> bytes:
    return json.dumps(rows).encode()


def read_new(known: KnownRows, value: bytes, origin: object) -> RecurrentRows | None:
    return known.read_new(Split(b"", value, b"", {}), origin)


@pytest.mark.parametrize("first", [dense, spaced])
@pytest.mark.parametrize("then", [dense, spaced])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1], [0, 0, 2], [2, 0]])
def test_rows_are_found_however_they_are_sent_back(first: Any, then: Any, order: list[int]) -> None:
    known = KnownRows()
    read_new(known, first(ROWS), "answer")
    found = known.read(then([ROWS[index] for index in order]))
    assert found is not None
    assert list(found.fingerprints) == [FINGERPRINTS[index] for index in order]
    assert found.origin == ("answer" if order == [0, 1, 2] else None)


def test_what_was_learnt_is_not_parsed() -> None:
    known = KnownRows()
    given_marks = rows_of(ROWS)
    assert given_marks is not None
    made_up = given_marks.fingerprints[:]
    made_up[1] = 5
    known.learn(dense(ROWS), made_up, "answer")
    found = known.read(spaced(ROWS))
    assert found is not None
    assert (list(found.fingerprints), found.origin) == (list(made_up), "answer")


def test_a_row_that_is_printed_in_another_way_is_still_the_same() -> None:
    known = KnownRows()
    read_new(known, b"[[0.5,0.00001],[4.5,2.0]]", "answer")
    found = known.read(b"[[5e-1, 1E-05], [4.5, 2]]")
    expected = rows_of([[0.5, 1e-5], [4.5, 2.0]])
    assert found == expected
    assert found is not None
    assert found.origin == "answer"


@pytest.mark.parametrize(
    "text",
    [
        b"[[true]]",
        b"[[null]]",
        b"[[NaN]]",
        b"[[1 2]]",
        b"[[1],]",
        b"[[1]][2]]",
        b"[[9007199254740993]]",
        b"[[18446744073709551616]]",
        b"[[1e400]]",
        b"[1]",
        b'[["1"]]',
        b"[[[1]]]",
        b"[{}]",
        b"[nul]",
    ],
)
def test_what_is_no_list_of_numbers_is_left_to_others(text: bytes) -> None:
    assert KnownRows().read(text) is None
    assert read_new(KnownRows(), text, "answer") is None


def test_memory_is_bounded() -> None:
    known = KnownRows(most_bytes=100)
    for number in range(50):
        read_new(known, dense([[float(number)] * 10]), number)
    found = known.read(dense([[49.0] * 10]))
    assert found is not None
    assert found.origin == 49
    found = known.read(dense([[1.0] * 10]))
    assert found is not None
    assert found.origin is None


numbers = st.floats(-100, 100, width=32) | st.sampled_from([0.0, -0.0, 1, 0, -3, 1e-5, 2.0**52])
row_lists = st.lists(
    st.none() | st.lists(numbers, max_size=4) | st.sampled_from([[0.0, 0.0], [1.5, 2.5]]),
    min_size=1,
    max_size=6,
)


@given(st.lists(row_lists, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_rows_read_by_their_text_are_those_parsed(
    answers: list[list[Any]], draw: random.Random
) -> None:
    known = KnownRows()
    for number, rows in enumerate(answers):
        assert read_new(known, draw.choice([dense, spaced])(rows), number) == rows_of(rows)
    for _ in range(5):
        asked = draw.choices(draw.choice(answers), k=draw.randrange(1, 7))
        found = known.read(draw.choice([dense, spaced])(asked))
        assert found == rows_of(asked)
        if found is not None and found.origin is not None:
            origin = rows_of(answers[found.origin])
            assert origin is not None
            assert found.fingerprints == origin.fingerprints
