"""Exchanges to rows and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from support.exchanges import exchange, exchanges, numbered, request, response

from iai_proxy.api import Endpoint, Exchange
from iai_proxy.recordings.checksums import checksum
from iai_proxy.recordings.connecting import DamagedRowError
from iai_proxy.recordings.rows import STORED, checked, to_call, to_exchange, to_row

ASKED, ANSWERED = b"q" * 32, b"a" * 32


def stored(made: Exchange) -> tuple[Any, ...]:
    """The row of an exchange that was the seventh."""
    row = to_row(7, made, ASKED, ANSWERED if made.response else None)
    return (*row, checksum("exchange", *row))


def columns(made: Exchange) -> dict[str, Any]:
    """The same by the names of its columns."""
    return checked(stored(made))


def test_a_target_that_is_not_utf8_is_kept_percent_encoded() -> None:
    target = b"/drive?x=\xff\xe9&y=\xc3\xa9".decode("utf-8", "surrogateescape")
    row = columns(exchange(request(target=target)))
    assert row["target"] == "/drive?x=%FF%E9&y=é"


@pytest.mark.parametrize("name", ["a: 1\r\nb", "a b", "", " a", "a\x00", "\xe9", "a\n"])
def test_a_header_with_a_name_that_none_can_have_is_damage(name: str) -> None:
    row = columns(exchange(answer=response(headers=((name, "1"),))))
    with pytest.raises(DamagedRowError, match="no such name"):
        to_exchange(row, b"", b"")


def test_a_mark_may_stand_in_a_name() -> None:
    row = columns(exchange(answer=response(headers=(("x-[redacted:1a2b3c4d]", "1"),))))
    assert to_exchange(row, b"", b"").response


@pytest.mark.parametrize("status", [-5, 0, 99, 1000, 99_999_999_999])
def test_a_status_that_none_can_be_is_damage(status: int) -> None:
    row = stored(exchange(answer=response(status=status)))
    for reader in (checked, to_call):
        with pytest.raises(DamagedRowError, match=f"the status of a call is {status}"):
            reader(row)


def through_sqlite(row: Sequence[Any]) -> tuple[Any, ...]:
    with closing(sqlite3.connect(":memory:")) as connection:
        back: tuple[Any, ...] = connection.execute(
            f"SELECT {', '.join('?' * len(row))}", row
        ).fetchone()
        return back


@settings(max_examples=50)
@given(exchanges)
def test_every_field_comes_back(made: Exchange) -> None:
    row = through_sqlite(stored(made))
    bodies = made.request.body, made.response.body if made.response else b""
    assert to_exchange(checked(row), *bodies) == numbered(made, 7)


def test_the_clients_version_is_kept_apart_whatever_the_case_of_its_header() -> None:
    made = exchange(request(headers=(("X-Client-Version", "0.0.22"),)))
    assert columns(made)["sdk_version"] == "0.0.22"
    assert columns(exchange())["sdk_version"] is None


def test_a_call_is_made_of_its_row() -> None:
    made = exchange(b"123", b"12345")
    call = to_call(stored(made))
    assert (call.id, call.endpoint, call.method, call.target, call.status, call.failure) == (
        7, Endpoint.DRIVE, "POST", made.request.target, 200, None,
    )  # fmt: skip
    assert (call.started_ns, call.request_ended_ns, call.response_started_ns, call.ended_ns) == (
        made.request.started_ns, made.request.ended_ns, made.response.started_ns, made.ended_ns,
    )  # fmt: skip
    assert (call.request_hash, call.response_hash) == (ASKED, ANSWERED)
    assert (call.request_bytes, call.response_bytes) == (3, 5)
    assert call.endpoint is Endpoint.DRIVE


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("id", None, "id of a call is of type NoneType"),
        ("request_bytes", "120", "request_bytes of a call is of type str"),
        ("endpoint", None, "endpoint of a call is of type NoneType"),
        ("request_started_ns", 1.5, "request_started_ns of a call is of type float"),
        ("response_hash", None, "half an answer is missing"),
    ],
)
def test_a_row_that_no_writer_made_is_damaged(name: str, value: object, message: str) -> None:
    row = list(stored(exchange()))
    row[STORED.index(name)] = value
    with pytest.raises(DamagedRowError, match=message):
        to_call(row)


@pytest.mark.parametrize("name", STORED)
def test_whatever_changes_in_a_row_it_is_damaged(name: str) -> None:
    row = list(stored(exchange()))
    at = STORED.index(name)
    other = {int: 99, str: "other", bytes: b"other"}.get(type(row[at]))
    if other is None:  # a failure, where there was none
        other = "other"
    row[at] = other
    with pytest.raises(DamagedRowError, match="is not what was recorded"):
        to_call(row)
    with pytest.raises(DamagedRowError, match="is not what was recorded"):
        checked(row)


@pytest.mark.parametrize("text", ["", "{", "7", '["a"]', '[["a", 7]]', '[["a", "b", "c"]]'])
def test_headers_that_are_no_pairs_of_text_are_damaged(text: str) -> None:
    row = {**columns(exchange()), "request_headers": text}
    with pytest.raises(DamagedRowError, match="the headers of a call can't be read"):
        to_exchange(row, b"", b"")
