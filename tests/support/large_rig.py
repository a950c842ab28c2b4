"""A proxy for large calls, recording or replaying, in front of a server with set answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from iai_proxy.api import DEFAULT_IGNORED, Exchange
from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority
from iai_proxy.lineage import Lineage
from iai_proxy.player import Player, PlayerSettings
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.replay import MatchRules
from iai_proxy.session.notices import Notices
from iai_proxy.settings.listen import Address, Listening
from support import ways
from support.proxy import API, RunningProxy, Upstreamed
from support.ways import MITMPROXY

COUNT = 9
#: One a part: 100 m apart, and two a call at most.
CALL = {
    "location": "here",
    "agent_states": [[100.0 * number, 0.0, 0.0, 1.0] for number in range(COUNT)],
    "agent_properties": [{"length": 4.0, "width": 2.0}] * COUNT,
    "single_call_agent_limit": 1,
    "concurrency": 1,
}
Answer = tuple[int, dict[str, str], bytes]


def driven(upstream: Upstreamed) -> Answer:
    asked = json.loads(upstream.requests[-1][2])
    answer = {
        "agent_states": [[x + 1, y, h, v] for x, y, h, v in asked["agent_states"]],
        "recurrent_states": [[x] for x, *_ in asked["agent_states"]],
        "infraction_indicators": None,
        "is_inside_supported_area": [True] * len(asked["agent_states"]),
        "traffic_lights_states": None,
        "light_recurrent_states": None,
        "birdview": None,
        "model_version": "m",
    }
    return 200, {"content-type": "application/json"}, json.dumps(answer).encode()


class Rig:
    def __init__(self, path: Path, authority: Authority, upstream: Upstreamed) -> None:
        self.path, self.authority, self.upstream = path, authority, upstream
        self.way = MITMPROXY
        self.upstream.answer = lambda _: driven(upstream)
        self.writer: RecordingWriter

    @contextmanager
    def recording(self, password: str | None = None) -> Iterator[RunningProxy]:
        notices, target = Notices(print), Upstream.parse(self.upstream.url)
        with RecordingWriter(self.path, append=self.path.exists()) as self.writer:
            addons = [RecordAddon(self.writer, notices, target), LargeCalls(first_pause_s=0.01)]
            with self._running(lambda: addons, password) as proxy:
                yield proxy

    @contextmanager
    def replaying(self, *, misses_go_on: bool = False) -> Iterator[RunningProxy]:
        """Replay by the rig's way; ``misses_go_on`` is for mitmproxy alone."""

        def player() -> Player:
            recording = Recording(self.path)
            settings = PlayerSettings(forwards=misses_go_on)
            replayer = replayer_for(recording, MatchRules("step", DEFAULT_IGNORED))
            self.player = Player(recording, replayer, Notices(print), settings)
            return self.player

        target = Upstream.parse(self.upstream.url)
        with ExitStack() as stack:
            behind = []
            if misses_go_on:
                writer = stack.enter_context(RecordingWriter(self.path, append=True))
                behind.append(RecordAddon(writer, Notices(print), target))
            served = ways.served(self.way, self.authority, player, self.upstream.url, behind)
            yield stack.enter_context(served)

    @contextmanager
    def _running(
        self, addons: Callable[[], list[Any]], password: str | None = None
    ) -> Iterator[RunningProxy]:
        listening = Listening(Address("127.0.0.1", 0), Address("127.0.0.1", 0), password)
        target = Upstream.parse(self.upstream.url)
        spec = ProxySpec(listening, self.authority.folder, target, tunnels=True)
        with background_proxy(spec, addons) as bound:
            assert bound.forward
            assert bound.reverse
            yield RunningProxy(bound.forward.url, bound.reverse.url, self.authority.path)

    def exchanges(self) -> list[Exchange]:
        with Recording(self.path) as recording:
            return list(recording.exchanges())

    def lineage(self) -> Lineage:
        with Recording(self.path) as recording:
            return recording.lineage()


def post(proxy: RunningProxy, call: Any = CALL, **options: Any) -> httpx.Response:
    with proxy.client() as client:
        return client.post(f"{API}/large_drive", json=call, **options)


def whole_and_parts(rig: Rig) -> tuple[Exchange, list[Exchange]]:
    """The large call, which is the last to be committed, and its parts."""
    *parts, whole = rig.exchanges()
    assert whole.endpoint.startswith("large_")
    assert {part.large for part in parts} == {whole.large}
    assert whole.large
    return whole, parts
