"""Replaying, from the settings to the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iai_proxy.matching import DEFAULT_IGNORED, request_keys
from iai_proxy.mitm import environment
from iai_proxy.mitm.authority import Authority
from iai_proxy.mitm.embed import Bound, ProxySpec, run_proxy
from iai_proxy.mitm.notices import DistrustNotice, Notices
from iai_proxy.mitm.player import Player
from iai_proxy.mitm.session import Say, client_or_signal, mitmproxy_log
from iai_proxy.mitm.settings import ReplaySettings
from iai_proxy.replay import Recorded, RecordedSteps, Replayer, Tally
from iai_proxy.store import Recording, lineage_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to: the client's exit code, as a shell gives it, and what was served."""

    recording: Path
    exit_code: int
    tally: Tally


def index(recording: Recording, match: str, ignored: frozenset[str], tolerance: float = 0.0) -> Replayer:
    """Index a recording for replay. Reads no body unless other fields than the usual ones are ignored."""
    steps = RecordedSteps(lineage_of(recording), tolerance) if match == "step" else None
    return Replayer(_recorded(recording, ignored), match, ignored, steps)


def replay(settings: ReplaySettings, say: Say, show: Say) -> Replayed:
    """Replay until the client command ends or the proxy is stopped. Never reaches the network.

    Args:
        settings: what to do.
        say: shows one notice to people.
        show: shows lines of data.

    Raises:
        UsageError: an address can't be listened on.
        InputError: the recording can't be read.
    """
    proxy = settings.proxy
    authority = Authority.ensure(proxy.ca_folder)
    recording = Recording(proxy.recording)
    notices = Notices(say)
    if environment.mock_api_is_on(proxy.environment):
        notices.once("mock", "IAI_MOCK_API is set: the SDK answers itself, and nothing is replayed. Unset it.")
    try:
        replayer = index(recording, settings.match, settings.ignored, settings.tolerance)
        player = Player(recording, replayer, notices, proxy.known_secrets)
        spec = ProxySpec(proxy.listening, authority.folder)

        async def job(bound: Bound) -> int:
            say(f"replaying {proxy.recording}: {len(recording)} calls, matched up to {settings.match}")
            return await client_or_signal(proxy, authority, bound, say, show)

        with mitmproxy_log(say, verbose=proxy.verbose):
            code = asyncio.run(run_proxy(spec, [DistrustNotice(notices), player], job))
    finally:
        recording.close()
    return Replayed(proxy.recording, code, replayer.tally)


def _recorded(recording: Recording, ignored: frozenset[str]) -> Iterator[Recorded]:
    stored = dict(recording.request_keys()) if ignored == DEFAULT_IGNORED else {}
    for call in list(recording.calls()):
        keys = stored.get(call.id)
        if keys is None:
            keys = request_keys(call.method, call.target, recording.body(call.request_hash), ignored)
        yield Recorded(call, keys)
