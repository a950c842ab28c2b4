"""Where entries of HAR files stand, whatever the chunks, and what is kept of a file meanwhile."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.formats.har_file import find_entries, looks_like_har

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(entries=st.lists(VALUES, max_size=4), others=VALUES, data=st.data())
def test_spans_are_those_of_the_entries(
    entries: list[object], others: object, data: st.DataObject
) -> None:
    before = {"version": "1.2", "pages": others, "log": {"entries": [1]}}
    file = {"log": {**before, "entries": entries, "comment": others}, "entries": [2]}
    indent = data.draw(st.sampled_from([None, 1]))
    whole = json.dumps(file, indent=indent, ensure_ascii=data.draw(st.booleans())).encode(
        "utf-8", "surrogatepass"
    )
    cuts = sorted({0, len(whole), *data.draw(st.lists(st.integers(0, len(whole)), max_size=9))})
    found = find_entries(whole[start:end] for start, end in pairwise(cuts))
    assert (found.are_there, found.broken) == (True, None)
    assert [json.loads(whole[span.start : span.end]) for span in found.spans] == entries


def chunks(count: int) -> Iterator[bytes]:
    """A file of so many entries of 1 MB."""
    yield b'{"log": {"entries": ['
    entry = b'{"request": {"postData": {"text": "' + b"x" * 1_000_000 + b'"}}}'
    for number in range(count):
        yield b"," * (number > 0) + entry[:300_000]
        yield entry[300_000:]
    yield b"]}}"


def test_of_a_long_file_little_is_in_memory() -> None:
    tracemalloc.start()
    try:
        found = find_entries(chunks(40))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(found.spans), found.broken) == (40, None)
    assert most < 6_000_000


@pytest.mark.parametrize(
    ("head", "is_har"),
    [
        (b'{"log":{"version"', True),
        (b'\xef\xbb\xbf \n{\r\n  "log" : {', True),
        (b'{"log": []', False),
        (b'{"logs": {', False),
        (b'{"drive_requests": [', False),
        (b"", False),
    ],
)
def test_a_har_file_is_known_by_its_beginning(head: bytes, is_har: bool) -> None:
    assert looks_like_har(head) == is_har
