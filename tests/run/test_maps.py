"""Where runs are, against what the SDK's log says that the API answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.exchanges import exchange, request
from support.recordings import write

import iai_proxy
from iai_proxy.run import Run

PLACE = "canada:drake_street_and_pacific_blvd"
#: Two nodes on each side, 10 m long and 4 m apart, given in metres.
OSM = """<osm>
<node id="1" lat="" lon=""><tag k="local_x" v="0"/><tag k="local_y" v="0"/></node>
<node id="2" lat="" lon=""><tag k="local_x" v="10"/><tag k="local_y" v="0"/></node>
<node id="3" lat="" lon=""><tag k="local_x" v="0"/><tag k="local_y" v="4"/></node>
<node id="4" lat="" lon=""><tag k="local_x" v="10"/><tag k="local_y" v="4"/></node>
<way id="5"><nd ref="1"/><nd ref="2"/></way>
<way id="6"><nd ref="3"/><nd ref="4"/></way>
<relation id="7"><member type="way" ref="6" role="left"/><member type="way" ref="5" role="right"/>
<tag k="type" v="lanelet"/></relation>
</osm>"""


def test_the_map_is_what_the_api_answered(run: Run, debug_log: dict[str, list[str]]) -> None:
    told = json.loads(debug_log["location_info_responses"][0])
    where = run.map
    assert where is not None
    assert where == run.simulations[0].map == run.maps[PLACE]
    assert where.location == PLACE
    assert where.picture is not None
    assert where.picture.data == bytes(told["birdview_image"])
    assert where.picture.center == tuple(told["map_center"])
    assert where.picture.fov == told["map_fov"]
    assert [actor.actor_id for actor in where.actors] == [
        actor["actor_id"] for actor in told["static_actors"]
    ]
    assert (where.osm, where.lanes) == (None, None)  # the program did not ask for them


@pytest.mark.parametrize(("osm", "lanes"), [(OSM, 1), ("no map", None), (None, None)])
def test_lanes_are_read_of_the_map_where_there_is_one(
    tmp_path: Path, osm: str | None, lanes: int | None
) -> None:
    asked = request(b"", method="GET", target="/location_info?location=here")
    write(tmp_path / "run.iairec", exchange(asked, json.dumps({"osm_map": osm}).encode()))
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        where = run.map
    assert where is not None
    assert (where.location, where.osm, where.picture) == ("here", osm, None)
    assert (len(where.lanes.areas) if where.lanes else None) == lanes
    if where.lanes:
        assert set(where.lanes.areas[0]) == {(0, 0), (10, 0), (0, 4), (10, 4)}


def test_a_recording_without_a_location_has_no_map(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec", exchange(request(b"", target="/test"), b""))
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        assert (run.map, run.maps) == (None, {})
