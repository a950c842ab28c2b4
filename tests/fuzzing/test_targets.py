"""Bytes that a stranger wrote end in a value or in an error of ours, whatever they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fuzzing.targets import TARGETS, mutations, try_
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tries import Tries

#: A quarter of what the profile draws: every target has its own.
FEW = settings.default.max_examples // 4

#: Values where a reader expects others.
ODD = st.recursive(
    st.sampled_from(
        [None, True, -1, 10**18, 10**400, 0.5, float("nan"), float("inf"), "", "\ud800", "9" * 5000]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_that_are_cut_or_changed(name: str, tries: Tries) -> None:
    tried = list(mutations(TARGETS[name][1]))
    step = max(1, len(tried) // tries.rounds(usual=150, soak=1_000_000))
    for data in tried[::step]:
        try_(name, data)
    tries.note("fuzzing", len(tried[::step]))


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=FEW)
@given(data=st.data())
def test_bytes_that_are_drawn(name: str, data: st.DataObject) -> None:
    begin = TARGETS[name][1]
    cut = data.draw(st.integers(0, len(begin)))
    end = data.draw(st.integers(cut, len(begin)))
    try_(name, begin[:cut] + data.draw(st.binary(max_size=40)) + begin[end:])


@pytest.mark.parametrize(
    "name", ["bodies", "json", "observations", "lineages", "logs", "scenarios", "scans"]
)
@settings(max_examples=FEW)
@given(data=st.data())
def test_values_where_others_are_expected(name: str, data: st.DataObject) -> None:
    begin = TARGETS[name][1]
    try:
        value = json.loads(begin)
    except ValueError:  # bytes follow
        value = json.loads(begin[: begin.rindex(b"]") + 1])
    for _ in range(data.draw(st.integers(1, 3))):
        value = replaced(value, data)
    try_(name, json.dumps(value).encode())


def replaced(value: Any, data: st.DataObject) -> Any:
    """Return a value with another one somewhere in it."""
    if isinstance(value, str) and value[:1] == "{":  # a body in a log
        return json.dumps(replaced(json.loads(value), data))
    if not isinstance(value, dict | list) or not value or data.draw(st.integers(0, 9)) == 0:
        return data.draw(ODD)
    if isinstance(value, dict):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: replaced(value[key], data)}
    at = data.draw(st.integers(0, len(value) - 1))
    return [*value[:at], replaced(value[at], data), *value[at + 1 :]]
