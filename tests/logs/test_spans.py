"""Where the items of a log's lists stand, whatever the chunks, and where a log breaks off."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest
from diagnosis.sdk_logs import sound_log, to_text
from hypothesis import given, settings
from hypothesis import strategies as st

from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.spans import SUFFIXES, find_lists


@settings(max_examples=60)
@given(st.integers(0, 2**64), st.data())
def test_spans_are_those_of_the_items_whatever_the_chunks(seed: int, data: st.DataObject) -> None:
    draw = random.Random(seed)
    large, cpp, carefully = (draw.random() < 0.5 for _ in range(3))
    log = sound_log(draw, agents=2, steps=2, large=large, cpp=cpp, numbers=2)
    text = to_text(log, draw)
    text = (
        text[: text.rindex("}")]
        + ', "other": {"a": [1, "]}\\\\\\""]}, "drive_responses_": [], "n": -1.5e3}'
    )
    whole = text.encode()
    cuts = sorted({0, len(whole), *data.draw(st.lists(st.integers(0, len(whole)), max_size=9))})
    found = find_lists((whole[start:end] for start, end in pairwise(cuts)), carefully=carefully)
    assert (found.broken, found.others) == (None, [])
    items = {
        name: [json.loads(whole[span.start : span.end]) for span in spans]
        for name, spans in found.items.items()
    }
    loaded = json.loads(whole)
    assert items == {name: loaded[name] for name in loaded if name.endswith(SUFFIXES)}


def test_every_truncation_is_reported_with_its_place() -> None:
    log = sound_log(random.Random(1), agents=3, steps=1, large=False, cpp=False, numbers=152)
    whole = to_text(log, random.Random(2)).encode()
    for length in range(0, len(whole), 7):
        broken = find_lists([whole[:length]]).broken or ""
        assert broken.startswith(f"the log ends at byte {length}, in ")
        assert broken.endswith(" should be")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the log ends at byte 0, in its beginning, where '{' should be"),
        (b"[]", "the log is damaged at byte 0, in its beginning, where '{' should be"),
        (b'{"a" 1}', "the log is damaged at byte 5, in a, where ':' should be"),
        (b'{"a": [1 2]}', "the log is damaged at byte 9, in a item 1, where ',' should be"),
        (b'{"a": [1,]}', "the log is damaged at byte 9, in a item 2, where a value should be"),
        (b"{1: 2}", "the log is damaged at byte 1, in its beginning, where a key should be"),
        (
            b'{"\\x": 2}',
            "the log is damaged at byte 5, in its beginning, where a key should be",
        ),
        (
            b'{"a": [[1, "]"',
            "the log ends at byte 14, in a item 1, where the value's end should be",
        ),
        (
            b'{"a": []}{}',
            "the log is damaged at byte 9, in the text behind it, where nothing more should be",
        ),
    ],
)
def test_what_is_no_log_is_reported_with_its_place(data: bytes, message: str) -> None:
    assert find_lists([data]).broken == message


def test_of_a_list_that_breaks_off_the_whole_items_are_kept() -> None:
    assert find_lists([b'{"drive_requests": ["{}", "{']).items == {"drive_requests": [Span(20, 24)]}


def test_half_a_body_at_the_end_of_a_list_takes_the_rest_of_the_log_for_its_own() -> None:
    """It has no last brace; only looking at every quote tells where it ends."""
    data = b'{"drive_requests": ["{\\"a\\"", "{}"]}'
    assert len(find_lists([data]).items["drive_requests"]) == 1
    assert len(find_lists([data], carefully=True).items["drive_requests"]) == 2


def test_half_a_body_at_the_end_of_a_log_ends_where_its_string_does() -> None:
    found = find_lists([b'{"drive_requests": ["{\\"a\\""]}'])
    assert (found.items, found.broken) == ({"drive_requests": [Span(20, 28)]}, None)


def test_the_last_of_two_lists_of_one_name_counts_and_a_byte_order_mark_is_skipped() -> None:
    data = b'\xef\xbb\xbf{"drive_requests": [1, 2], "drive_requests": ["x"]}'
    assert find_lists([data]).items == {"drive_requests": [Span(len(data) - 5, len(data) - 2)]}


def test_a_lists_name_with_something_else_is_reported() -> None:
    assert find_lists([b'{"drive_requests": 5, "version": 2}']).others == ["drive_requests"]
