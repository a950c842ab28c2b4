"""The types of settings that pydantic does not know."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from iai_proxy.errors import UsageError
from iai_proxy.settings.reading import from_table
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.values import (
    STDOUT,
    Factor,
    Faults,
    Joined,
    Listener,
    NumberFrom0,
    Password,
    Report,
    Texts,
    Upstream,
)


@pytest.mark.parametrize(
    ("value", "egos"),
    [
        ("0,3", (0, 3)),
        ([0, 3], (0, 3)),
        (["0,3", "5"], (0, 3, 5)),
        (0, (0,)),
        ("none", ()),
        ([], ()),
    ],
)
def test_egos_are_lists_of_indices(value: Any, egos: tuple[int, ...]) -> None:
    assert from_table(RecordSettings, {"ego": value}, "").ego == egos


@pytest.mark.parametrize("value", ["", "0,x", "-1", "0,", True, ["none", "0"]])
def test_other_egos_are_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="give the indices of agents, such as 0,3, or 'none'"):
        from_table(RecordSettings, {"ego": value}, "")


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refusal(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        read(kind, value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("value", "factor"),
    [(None, None), ("none", None), ("recorded", 1.0), ("0.5", 0.5), (0, 0.0), (3, 3.0)],
)
def test_a_latency_is_none_recorded_or_a_factor(value: object, factor: float | None) -> None:
    assert read(Factor, value) == factor


@pytest.mark.parametrize("value", ["fast", "-1", "nan", "inf", True, [1]])
def test_another_latency_is_refused_with_what_it_may_be(value: object) -> None:
    assert "give none, recorded, or a factor such as 0.5" in refusal(Factor, value)


@pytest.mark.parametrize("value", ["me:secret", "me:a:b", "me::"])
def test_a_password_comes_with_a_user_and_may_have_colons(value: str) -> None:
    assert read(Password, value) == value


@pytest.mark.parametrize("value", ["secret", ":secret", "me:", ""])
def test_a_password_without_a_user_is_refused(value: str) -> None:
    assert "give USER:PASSWORD" in refusal(Password, value)


@pytest.mark.parametrize("value", ["me:gehéim", "me:a\nb"])
def test_a_password_that_clients_send_differently_is_refused(value: str) -> None:
    assert "in printable ASCII characters" in refusal(Password, value)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("true", STDOUT),
        (True, STDOUT),
        ("-", STDOUT),
        ("No", None),
        ("", None),
        (False, None),
        ("out.txt", Path("out.txt")),
    ],
)
def test_a_report_goes_to_standard_output_nowhere_or_a_file(
    value: object, place: Path | None
) -> None:
    assert read(Report, value) == place


def test_a_single_value_stands_for_a_list_and_a_number_for_its_text() -> None:
    assert read(Texts, "random_seed") == ("random_seed",)
    assert read(Texts, [7, "a"]) == ("7", "a")
    assert len(read(Faults, "drive:status=503")) == 1
    assert (read(Joined, ["IAI011", 50]), read(Joined, "11")) == ("IAI011,50", "11")


def test_two_words_are_no_addresses() -> None:
    assert (read(Listener, "none"), read(Upstream, "sandbox")) == ("none", "sandbox")
    assert str(read(Listener, "127.0.0.1:8000")) == "127.0.0.1:8000"
    assert read(Upstream, "https://example.com:8443").port == 8443


@pytest.mark.parametrize("value", [-0.5, math.nan, math.inf])
def test_a_distance_is_finite_and_not_below_zero(value: float) -> None:
    assert refusal(NumberFrom0, value)
