"""Numbers, lists and verbs in the sentences of findings."""

from __future__ import annotations

import pytest

from iai_proxy.diagnosis.wording import enumerated, grouped, listed, verb


@pytest.mark.parametrize(
    ("agents", "text"),
    [
        ([3], "agent 3"),
        ([3, 4, 7], "agents 3, 4 and 7"),
        (range(6), "agents 0, 1, 2, 3, 4 and 5"),  # "and 1 more" would be no shorter
        (range(7), "agents 0, 1, 2, 3, 4 and 2 more"),
    ],
)
def test_agents_are_named_as_long_as_they_are_few(agents: range | list[int], text: str) -> None:
    assert listed(agents) == text


def test_parts_are_joined_with_commas_and_one_and() -> None:
    assert [enumerated(list("abc"[:count])) for count in range(4)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_verb_agrees_with_its_subjects() -> None:
    assert [verb("ab"[:count], "is", "are") for count in range(3)] == ["are", "is", "are"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3519.6, "3 520"),
        (-1234567.0, "-1 234 567"),
        (35.24, "35.2"),
        (0.004, "0.004"),
        (999.4, "999"),
        (1e-5, "1e-05"),
    ],
)
def test_a_number_has_no_more_digits_than_matter(value: float, text: str) -> None:
    assert grouped(value) == text
