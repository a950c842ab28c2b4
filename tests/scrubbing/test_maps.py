"""Maps: the lanes are the same ones, elsewhere; names, numbers and notes are gone."""

from __future__ import annotations

from typing import Any

import pytest

from iai_proxy.sandbox import maps, osm
from iai_proxy.scene.lanelets import lanes_of
from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.maps import ORIGIN, scrubbed_map

HERE = (49.28, -123.12)
MAP = """<?xml version="1.0"?>
<osm version="0.6" generator="JOSM" note="Elm Street">
<bounds minlat="49.28" minlon="-123.12" maxlat="49.29" maxlon="-123.11"/>
<node id="987654" lat="49.2801" lon="-123.1201" user="ann" timestamp="2021-03-04T05:06:07Z">
<tag k="ele" v="70.1"/></node>
<node id="987655" lat="49.2802" lon="-123.1202" changeset="44"/>
<way id="123123"><nd ref="987654"/><nd ref="987655"/><tag k="type" v="line_thin"/>
<tag k="name" v="Elm Street"/></way>
<relation id="555555"><member type="way" ref="123123" role="left"/>
<member type="way" ref="123123" role="right"/><tag k="type" v="lanelet"/>
<tag k="subtype" v="road"/><tag k="participant:vehicle" v="yes"/></relation>
</osm>"""


def scrubbed(text: str, origin: Any = HERE, **options: Any) -> str:
    return scrubbed_map(Disguise(7, **options), text, origin)


def test_the_lanes_of_a_map_are_moved_as_agents_are() -> None:
    text = osm.lanelet_map(maps.world_of("sandbox:grid"))
    motion = Disguise(7).motion
    before = lanes_of(text, maps.ORIGIN)
    after = lanes_of(scrubbed(text, maps.ORIGIN), ORIGIN)
    assert len(before.areas) > 10
    for was, now in zip(before.borders, after.borders, strict=True):
        for point, moved in zip(was, now, strict=True):
            assert moved == pytest.approx(motion.place(*point), abs=1e-4)


def test_names_numbers_and_notes_are_gone() -> None:
    found = scrubbed(MAP)
    gone = ("Elm", "987", "123123", "5555", "49.28", "-123.1", "JOSM", "ann", "2021", "70.1", "44")
    assert not [word for word in gone if word in found]
    assert '<tag k="participant:vehicle" v="yes"/>' in found
    assert '<member type="way" ref="3" role="left"/>' in found


def test_names_numbers_and_notes_are_kept_on_request() -> None:
    found = scrubbed(MAP, keep=["maps", "coordinates"])
    assert '<node id="987654" version="1" visible="true" lat="49.28010000000"' in found
    assert '<tag k="name" v="Elm Street"/>' in found


def test_places_in_metres_move_too() -> None:
    text = (
        '<osm><node id="5" lat="0" lon="0"><tag k="local_x" v="1.5"/><tag k="local_y" v="2"/>'
        "</node></osm>"
    )
    x, y = Disguise(7).motion.place(1.5, 2.0)
    found = scrubbed(text, None)
    assert f'<tag k="local_x" v="{x}"/><tag k="local_y" v="{y}"/>' in found
    assert f'lat="{ORIGIN[0]:.11f}" lon="{ORIGIN[1]:.11f}"' in found


@pytest.mark.parametrize(
    "text",
    [
        "Elm Street",
        '<osm><node id="1" lat="49.28" lon="-123.12">',
        '<!DOCTYPE osm [<!ENTITY a "aaaa">]><osm>&a;</osm>',
    ],
    ids=["no XML", "cut", "entities"],
)
def test_nothing_stays_of_what_is_no_map(text: str) -> None:
    assert scrubbed(text) == ""


def test_a_map_that_was_not_asked_for_stays_empty() -> None:
    assert scrubbed("") == ""


def test_a_map_that_reaches_further_than_the_earth_is_removed() -> None:
    node = '<osm><node id="1" lat="0" lon="44.99999999"/></osm>'
    assert scrubbed(node, [0, -45]) == ""
