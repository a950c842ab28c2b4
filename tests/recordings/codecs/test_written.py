"""What is stored of a body, as bytes and back."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs.written import Change, Kind, Run, Written, from_bytes, to_parts

SIZE = 1_000_000  # of the body; more than these are
TEXTS = st.binary(max_size=9)
WORDS = st.text("0123456789e-.[]", min_size=1, max_size=9).map(str.encode)
FLOATS = st.lists(st.floats(allow_nan=False), max_size=6)
SINGLES = st.lists(st.floats(allow_nan=False, width=32), max_size=6)
COPIES = st.builds(Run, st.integers(4, 600), st.integers(0, 300), st.integers(0, 300))
PLACES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), WORDS), max_size=4)


@given(
    TEXTS, TEXTS, st.booleans(), st.booleans(), st.lists(COPIES), st.lists(WORDS), SINGLES,
    FLOATS, PLACES,
)  # fmt: skip
def test_a_body_comes_back(
    head: bytes,
    tail: bytes,
    python: bool,
    spaced: bool,
    copies: list[Run],
    texts: list[bytes],
    singles: list[float],
    doubles: list[float],
    places: list[tuple[int, int, bytes]],
) -> None:
    runs = (
        *copies,
        Run(Kind.SINGLES, len(singles), 1),
        Run(Kind.DOUBLES, 1, len(doubles)),
        Run(Kind.TEXT, 0, len(texts)),
    )
    changes = tuple(Change(*place) for place in sorted(places))
    numbers = array("f", singles), array("d", doubles)
    body = Written(head, tail, python, spaced, runs, tuple(texts), *numbers, changes)
    content = b"".join(to_parts(body))
    assert from_bytes(content, SIZE) == body
    for cut in (content[:-1], content + b"\0", content[1:]):
        try:
            assert from_bytes(cut, SIZE) != body
        except InputError:
            continue


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 7, b"\0\0\0\0\0\0\xff\xff\xff\xff\x0f", b"\xff" * 99]
)
def test_what_is_cut_short_is_damage(content: bytes) -> None:
    with pytest.raises(InputError, match="damaged"):
        from_bytes(content, SIZE)
