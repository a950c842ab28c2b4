"""Whatever a body holds: no text of its own and no place comes through, and nothing fails."""

from __future__ import annotations

import json
from typing import Any

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


POINTS = st.sampled_from(["location_of_interest", "rendering_center", "map_center"])


@given(POINTS, st.integers(0, 2**64))
def test_no_place_stays_where_it_was(field: str, seed: int) -> None:
    body = json.dumps({field: [PLACE, -PLACE]}).encode()
    assert str(PLACE).encode() not in scrubbed_body(Disguise(seed), body)
