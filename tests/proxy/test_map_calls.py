"""``record --maps`` through a real proxy: at the end it asks for what the client did not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.proxy import API, RunningProxy, Upstreamed

from iai_proxy.api import FOR_MAPS, Exchange
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.logs.export_debug_log import export_debug_log
from iai_proxy.logs.missing_maps import locations_without_map
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.record_job import open_recording
from iai_proxy.recordings import Recording
from iai_proxy.session.notices import Notices
from iai_proxy.settings.listen import Address, Listening
from iai_proxy.settings.recording import RecordSettings

AGENTS = {"agent_states": [[0, 0, 0, 1]], "recurrent_states": [[0.5]]}
Answer = tuple[int, dict[str, str], bytes]


class Rig:
    def __init__(self, path: Path, authority: Authority, upstream: Upstreamed) -> None:
        self.path, self.authority, self.upstream = path, authority, upstream
        self.said: list[str] = []
        self.map_status = 200
        upstream.answer = self._answer

    @contextmanager
    def recording(self, *, maps: bool = True) -> Iterator[RunningProxy]:
        settings = RecordSettings(output=self.path, maps=maps, check=False)
        listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", 0))
        target = Upstream.parse(self.upstream.url)
        spec = ProxySpec(listening, self.authority.folder, target)
        with (
            open_recording(settings, target, {}, Notices(self.said.append)) as job,
            background_proxy(spec, job.addons, job.drained) as bound,
        ):
            assert bound.forward
            assert bound.reverse
            yield RunningProxy(bound.forward.url, bound.reverse.url, self.authority.path)

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())

    def _answer(self, path: str) -> Answer:
        is_map = path.startswith("/location_info")
        status = self.map_status if is_map else 200
        return status, {"content-type": "application/json"}, json.dumps(AGENTS).encode()


@pytest.fixture
def rig(tmp_path: Path, authority: Authority, upstream: Upstreamed) -> Rig:
    return Rig(tmp_path / "run.iairec", authority, upstream)


def drive(location: str) -> dict[str, Any]:
    return {"location": location, **AGENTS}


def test_each_location_is_asked_for_once_with_the_clients_key(rig: Rig) -> None:
    with rig.recording() as proxy, proxy.client(headers={"x-api-key": "k" * 32}) as client:
        for location in ("town:a", "town:b", "town:a"):
            client.post(f"{API}/drive", json=drive(location))
    *drives, first, second = rig.exchanges()
    assert [call.request.target.rpartition("/")[2] for call in (*drives, first, second)] == [
        "drive",
        "drive",
        "drive",
        "location_info?location=town%3Aa&include_map_source=False",
        "location_info?location=town%3Ab&include_map_source=False",
    ]
    keys = {dict(call.request.headers)["x-api-key"] for call in rig.exchanges()}
    assert len(keys) == 1  # its mark
    assert first.connection.startswith(FOR_MAPS)
    assert rig.said == []


def test_the_debug_log_has_only_what_the_client_asked_for(rig: Rig, tmp_path: Path) -> None:
    with rig.recording() as proxy, proxy.client() as client:
        client.post(f"{API}/drive", json=drive("town:a"))
    with Recording(rig.path) as recording:
        assert len(recording) == 2
        assert export_debug_log(recording, recording.lineage(), tmp_path / "log.json") == 1
    assert "location_info" not in (tmp_path / "log.json").read_text()


def test_what_the_client_asked_for_itself_is_not_asked_for_again(rig: Rig) -> None:
    with rig.recording() as proxy, proxy.client() as client:
        client.post(f"{API}/drive", json=drive("town:a"))
        client.get(f"{API}/location_info?location=town:a&rendering_fov=50")
    assert len(rig.exchanges()) == 2


def test_a_client_of_the_reverse_listener_gets_its_maps_too(rig: Rig) -> None:
    with rig.recording() as proxy, httpx.Client(trust_env=False, timeout=20) as client:
        client.post(f"{proxy.reverse}/drive", json=drive("town:a"))
    assert rig.exchanges()[-1].request.target.startswith("/location_info?location=town%3Aa")


def test_without_maps_nothing_is_asked_for_and_the_location_is_known_to_be_missing(
    rig: Rig,
) -> None:
    with rig.recording(maps=False) as proxy, proxy.client() as client:
        client.post(f"{API}/drive", json=drive("town:a"))
    assert len(rig.exchanges()) == 1
    with Recording(rig.path) as recording:
        assert locations_without_map(recording) == ["town:a"]


@pytest.mark.parametrize(
    ("status", "why"), [(503, "the API answered 503"), (0, "the API answered 502")]
)
def test_an_answer_that_does_not_come_is_a_notice(rig: Rig, status: int, why: str) -> None:
    """0 hangs up."""
    rig.map_status = status
    with rig.recording() as proxy, proxy.client() as client:
        client.post(f"{API}/drive", json=drive("town:a"))
    assert rig.said[-1] == f"--maps got no location_info for town:a: {why}"
