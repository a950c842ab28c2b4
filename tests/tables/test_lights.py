"""The table `lights` against what the real SDK's objects held."""

from __future__ import annotations

import json

import pytest
from scene.programs import PROGRAM
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.tables import table_of

pytest.importorskip("invertedai")


def test_rows_are_the_lights_that_the_sdk_held(cli: Cli, sandbox: Sandbox) -> None:
    written = json.loads(recorded(cli, sandbox.url, PROGRAM).splitlines()[-1])
    with Recording(cli.folder / "run.iairec") as recording:
        rows = table_of("lights", recording, source="run").to_pylist()
        info = next(call for call in recording.calls() if call.endpoint == "location_info")
        told = json.loads(recording.body(info.response_hash or b""))
    places = [(1, step) for step in range(9)] + [(2, 4), (2, 5)]
    assert len(rows) == sum(len(held["lights"]) for held in written) > 0
    for (branch, step), held in zip(places, written, strict=True):
        found = [row for row in rows if (row["branch"], row["step"]) == (branch, step)]
        assert {str(row["light"]): row["state"] for row in found} == held["lights"]
    names = ("x", "y", "orientation", "length", "width")
    stop_lines = {
        actor["actor_id"]: tuple(actor[name] for name in names) for actor in told["static_actors"]
    }
    for row in rows:
        columns = ("x", "y", "heading", "length", "width")
        assert tuple(row[name] for name in columns) == stop_lines[row["light"]]
        assert any(stop_lines[row["light"]])
