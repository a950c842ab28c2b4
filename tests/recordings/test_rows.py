"""Exchanges to rows and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from support.exchanges import CALL, exchange, exchanges, numbered, request

from iai_proxy.api import Endpoint, Exchange
from iai_proxy.recordings.connecting import DamagedRowError
from iai_proxy.recordings.rows import COLUMNS, checked, to_call, to_exchange, to_row

ASKED, ANSWERED = b"q" * 32, b"a" * 32


def columns(made: Exchange) -> dict[str, Any]:
    """The row of an exchange by the names of its columns."""
    row = to_row(made, ASKED, ANSWERED if made.response else None)
    return dict(zip(COLUMNS, row, strict=True))


def test_a_target_that_is_not_utf8_is_kept_percent_encoded() -> None:
    target = b"/drive?x=\xff\xe9&y=\xc3\xa9".decode("utf-8", "surrogateescape")
    row = columns(exchange(request(target=target)))
    assert row["target"] == "/drive?x=%FF%E9&y=é"


def through_sqlite(row: Sequence[Any]) -> tuple[Any, ...]:
    with closing(sqlite3.connect(":memory:")) as connection:
        back: tuple[Any, ...] = connection.execute(
            f"SELECT {', '.join('?' * len(row))}", row
        ).fetchone()
        return back


@settings(max_examples=50)
@given(exchanges)
def test_every_field_comes_back(made: Exchange) -> None:
    row = through_sqlite(to_row(made, ASKED, ANSWERED if made.response else None))
    bodies = made.request.body, made.response.body if made.response else b""
    assert to_exchange(7, checked(COLUMNS, row), *bodies) == numbered(made, 7)


def test_the_clients_version_is_kept_apart_whatever_the_case_of_its_header() -> None:
    made = exchange(request(headers=(("X-Client-Version", "0.0.22"),)))
    assert columns(made)["sdk_version"] == "0.0.22"
    assert columns(exchange())["sdk_version"] is None


#: A row of a listing, as the query gives it.
ROW = (
    7, 120, 340, "connection-1", "drive", "POST", "/v0/aws/m1/drive", 200, None, 10, 20, 30, 40,
    ASKED, ANSWERED, "0.0.22", None,
)  # fmt: skip


def test_a_call_is_made_of_its_row() -> None:
    expected = replace(
        CALL,
        id=7,
        started_ns=10,
        request_ended_ns=20,
        response_started_ns=30,
        ended_ns=40,
        request_hash=ASKED,
        response_hash=ANSWERED,
        request_bytes=120,
        response_bytes=340,
    )
    call = to_call(ROW)
    assert call == expected
    assert call.endpoint is Endpoint.DRIVE


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (1, "120", "the size of a body is no number"),
        (4, None, "endpoint of a call is of type NoneType"),
        (9, 1.5, "request_started_ns of a call is of type float"),
        (14, None, "half an answer is missing"),
    ],
)
def test_a_row_that_no_writer_made_is_damaged(at: int, value: object, message: str) -> None:
    row = [*ROW[:at], value, *ROW[at + 1 :]]
    with pytest.raises(DamagedRowError, match=message):
        to_call(row)


@pytest.mark.parametrize("text", ["", "{", "7", '["a"]', '[["a", 7]]', '[["a", "b", "c"]]'])
def test_headers_that_are_no_pairs_of_text_are_damaged(text: str) -> None:
    row = {**columns(exchange()), "request_headers": text}
    with pytest.raises(DamagedRowError, match="the headers of a call can't be read"):
        to_exchange(1, row, b"", b"")
