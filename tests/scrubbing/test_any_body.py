"""Whatever a body holds: no text of its own and no place comes through, and nothing fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.bodies import scrubbed_body, scrubbed_failure
from iai_proxy.scrubbing.fields import FIELDS
from iai_proxy.scrubbing.targets import scrubbed_target

#: A text that is no word of the API's, and a number that no other becomes by chance.
TEXT = "Elm Street"
PLACE = 12.3456789

NAMES = st.sampled_from([*FIELDS, "center", "x", "y", "orientation", "waypoint", "osm_map", TEXT])
LEAVES = st.sampled_from([TEXT, None, True, 3, -0.5, f"word {TEXT}", "red", "11"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


@given(OBJECTS)
def test_no_text_of_a_body_comes_through(value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    for scrubbed in (scrubbed_body, scrubbed_failure):
        found = scrubbed(Disguise(7), body)
        assert TEXT.encode() not in found
        assert found == b"" or found.startswith(b"text-") or isinstance(json.loads(found), dict)


@given(OBJECTS)
def test_a_scrubbed_body_has_nothing_left_to_remove(value: dict[str, Any]) -> None:
    once = scrubbed_body(Disguise(7, keep=["coordinates"]), json.dumps(value).encode())
    again = Disguise(7, keep=["coordinates", "locations", "errors", "pictures"])
    assert set(json.loads(scrubbed_body(again, once))) == set(json.loads(once))
    assert not again.unknown


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_no_fault(body: bytes) -> None:
    for scrubbed in (scrubbed_body, scrubbed_failure):
        scrubbed(Disguise(7), body)


@given(st.text(max_size=40), st.text(max_size=40))
def test_targets_of_any_kind_are_no_fault(path: str, query: str) -> None:
    found = scrubbed_target(Disguise(7), "GET", f"/{path}{TEXT}?{query}&at={TEXT}")
    assert "Elm" not in found


#: Beyond all doubles, beyond all texts of an integer that Python reads, and just within.
LONG_NUMBERS = ["9" * 308, "9" * 400, "-" + "9" * 4300, "9" * 5000, "1e308", "-1e400", "NaN"]
SHAPES = [
    "{0}",
    "[{0}, {0}]",
    "[[{0}, {0}, {0}, {0}]]",
    "[[[{0}, {0}, {0}, {0}]]]",
    '{{"x": {0}, "y": {0}}}',
    '[{{"x": {0}, "y": {0}, "orientation": {0}, "actor_id": {0}, "waypoint": [{0}, {0}]}}]',
]


@pytest.mark.parametrize("number", LONG_NUMBERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_number_is_too_long_to_be_moved(shape: str, number: str) -> None:
    for field in FIELDS:
        body = f'{{"{field}": {shape.format(number)}}}'.encode()
        for options in ({}, {"keep_unknown": True}, {"keep": ["coordinates"]}):
            found = scrubbed_body(Disguise(7, **options), body)  # type: ignore[arg-type]
            assert isinstance(json.loads(found, parse_int=float), dict)


@pytest.mark.parametrize("number", LONG_NUMBERS)
def test_a_place_in_a_query_that_is_nowhere_is_removed(number: str) -> None:
    target = scrubbed_target(Disguise(7), "GET", f"/location_info?rendering_center={number},1")
    is_somewhere = number in {"9" * 308, "1e308"}
    assert ("rendering_center" in target) is is_somewhere


POINTS = st.sampled_from(["location_of_interest", "rendering_center", "map_center"])


@given(POINTS, st.integers(0, 2**64))
def test_no_place_stays_where_it_was(field: str, seed: int) -> None:
    body = json.dumps({field: [PLACE, -PLACE]}).encode()
    assert str(PLACE).encode() not in scrubbed_body(Disguise(seed), body)
