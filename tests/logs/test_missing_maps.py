"""Which locations of a recording lack ``location_info``."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from support.exchanges import CALL, exchange, request, response
from support.recordings import write

from iai_proxy.api import Exchange
from iai_proxy.logs.missing_maps import (
    how_to_get,
    lacks_a_map,
    location_asked,
    locations_without_map,
)
from iai_proxy.recordings import Recording


def placed(location: str, status: int = 200) -> Exchange:
    states = json.dumps({"agent_states": [[0.0] * 4]}).encode()
    asked = request(json.dumps({"location": location}).encode(), target="/initialize")
    return exchange(asked, response(states, status=status))


def described(location: str, status: int = 200) -> Exchange:
    asked = request(b"", method="GET", target=f"/location_info?location={location}")
    return exchange(asked, response(status=status))


def test_a_location_is_missing_if_it_was_used_and_never_described(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(
        path,
        placed("iai:b"),
        placed("iai:a"),
        placed("iai:b"),
        placed("iai:known"),
        described("iai%3Aknown"),
        placed("iai:refused", 422),
        described("iai:a", 404),
        described("iai:unused"),
    )
    with Recording(path) as recording:
        assert locations_without_map(recording) == ["iai:b", "iai:a"]
        assert lacks_a_map(recording)


def test_a_run_whose_locations_are_described_lacks_no_map(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, placed("iai:known"), described("iai:known"), placed("iai:refused", 422))
    with Recording(path) as recording:
        assert not lacks_a_map(recording)


@pytest.mark.parametrize(
    ("query", "location"), [("?location=a%20b&include_map_source=true", "a b"), ("", None)]
)
def test_a_lookup_is_about_the_location_of_its_query(query: str, location: str | None) -> None:
    call = replace(CALL, method="GET", target=f"/v0/aws/m1/location_info{query}")
    assert location_asked(call) == location


def test_the_program_that_gets_it_survives_a_shell() -> None:
    said = how_to_get(["it's"], "my run.iairec")
    assert said.startswith("no location_info for it's is recorded")
    command = shlex.split(said[said.index("`iai-proxy") :].strip("`"))
    assert command == [
        "iai-proxy", "record", "--append", "-o", "my run.iairec", "--", "python", "-c",
        'import invertedai as iai; iai.location_info("it\'s")',
    ]  # fmt: skip
