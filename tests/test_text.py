"""Numbers and foreign text as people read them, worked out by hand."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.text import (
    encodable,
    first_few,
    moment,
    numbered,
    plural,
    printable,
    ranges,
    size,
    sparkline,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1536, "1.54 kB"),
        (330_000, "330 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (999_999, "1 MB"),
        (1_000_000, "1 MB"),
        (12_345_678, "12.3 MB"),
        (999_999_999, "1 GB"),
        (4_200_000_000, "4.2 GB"),
        (5_000_000_000_000, "5 TB"),
    ],
)
def test_sizes_have_three_digits_and_a_decimal_unit(count: int, text: str) -> None:
    assert size(count) == text


def test_one_is_singular() -> None:
    assert [plural(count, "call") for count in (0, 1, 2)] == ["0 calls", "1 call", "2 calls"]
    assert [plural(count, "miss", "misses") for count in (1, 2)] == ["1 miss", "2 misses"]
    assert [numbered(count, "leaves", "leave") for count in (1, 2)] == ["leaves", "leave"]


def test_the_first_few_are_shown_and_the_rest_counted() -> None:
    assert first_few("ab", 2) == "a, b"
    assert first_few("abcd", 2) == "a, b and 2 more"
    assert first_few([], 2) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 漢字 🚗", "plain ünïcode 漢字 🚗"),
        ("\x1b[2Jcleared", r"\x1b[2Jcleared"),
        ("two\r\n\tlines", "two lines"),
        ("no-break\xa0space, line\u2028separator", "no-break space, line separator"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("half \udcff", "half \ufffd"),
    ],
)
def test_text_from_outside_has_no_effect_on_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_any_text_can_be_printed_on_one_line(text: str) -> None:
    assert printable(text).isprintable()
    encodable(text).encode()


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([4], "4"),
        ([1, 2, 3], "1-3"),
        ([1, 2, 3, 7], "1-3, 7"),
        ([1, 3, 5], "1, 3, 5"),
        ([1, 2, 9, 10, 11, 20], "1-2, 9-11, 20"),
    ],
)
def test_runs_are_folded(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01 00:00:00.000Z"),
        (1_700_000_000_000_000_000, "2023-11-14 22:13:20.000Z"),
        (1_700_000_000_999_999_999, "2023-11-14 22:13:20.999Z"),
        (1_709_164_800_001_000_000, "2024-02-29 00:00:00.001Z"),
        (2**63 - 1, "2262-04-11 23:47:16.854Z"),
    ],
)
def test_a_moment_is_utc_to_the_millisecond(time_ns: int, text: str) -> None:
    assert moment(time_ns) == text


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([0, 0], "▁▁"),
        ([5], "█"),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇██"),
        ([1, 80], "▁█"),
    ],
)
def test_a_sparkline_is_in_proportion_to_the_highest(values: Sequence[float], bars: str) -> None:
    assert sparkline(values) == bars
