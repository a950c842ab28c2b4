"""Expected values are made by hand or by ``datetime``, which the Python SDK uses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iai_proxy.logs.timestamps import debug_log_name, format_timestamp, parse_timestamp

# 2024-05-01 12:00:00 UTC: 19 844 days and 12 hours after 1970.
NOON_NS = (19_844 * 86_400 + 12 * 3_600) * 10**9
SDK_FORMAT = "%Y-%m-%d_%H:%M:%S:%f"

moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def test_a_moment_is_written_with_six_digits() -> None:
    assert format_timestamp(NOON_NS + 7_000_000) == "2024-05-01_12:00:00:007000"


def test_what_is_finer_than_a_microsecond_is_cut_off() -> None:
    assert format_timestamp(NOON_NS + 1_999) == "2024-05-01_12:00:00:000001"


def test_the_file_name_is_the_sdks() -> None:
    assert debug_log_name(NOON_NS) == "iai_log_2024-05-01_12:00:00:000000_UTC.json"


@settings(deadline=None)
@given(moments, st.integers(0, 999))
def test_a_moment_is_written_as_the_sdk_writes_it_and_read_back(
    moment: datetime, finer_ns: int
) -> None:
    ns = (int(moment.replace(microsecond=0).timestamp()) * 10**6 + moment.microsecond) * 1000
    assert format_timestamp(ns + finer_ns) == moment.strftime(SDK_FORMAT)
    assert parse_timestamp(format_timestamp(ns + finer_ns)) == ns


@settings(deadline=None)
@given(moments, st.integers(0, 999))
def test_the_cpp_sdks_unpadded_milliseconds_are_milliseconds(moment: datetime, ms: int) -> None:
    ns = int(moment.replace(microsecond=0).timestamp()) * 10**9
    assert parse_timestamp(f"{moment:%Y-%m-%d_%H:%M:%S}:{ms}_UTC") == ns + ms * 10**6


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2024-05-01", "2024-05-01_12:00:00", "2024-06-31_12:00:00:000000",
     "2024-05-01_12:00:00:1234567",
     "2024-05-01_12:00:00:0007_UTC", "2024-05-01_12:00:00:000000 ", "2024-05-01_25:00:00:000000"],
)  # fmt: skip
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_timestamp(text) is None


@settings(deadline=None)
@given(st.text())
def test_no_text_makes_reading_raise(text: str) -> None:
    assert parse_timestamp(text) is None
