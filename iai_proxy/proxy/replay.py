"""Replaying, from the settings to the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iai_proxy.api import DEFAULT_IGNORED, LazyBody, request_keys
from iai_proxy.client import environment
from iai_proxy.client.authority import Authority
from iai_proxy.proxy.embed import Bound, ProxySpec, run_proxy
from iai_proxy.proxy.forwarding import Forwarder
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.notices import DistrustNotice, Notices
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay_addon import ReplayAddon, ReplayAddonSettings, SeenMiss
from iai_proxy.proxy.session import Say, client_or_signal, mitmproxy_log
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.replay import KeyedCall, MatchRules, RecordedSteps, Replayer, Tally
from iai_proxy.settings.model import ReplaySettings

#: A call that is under way when the proxy is stopped is paid for already: it gets this long to come
#: to its end.
_GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to.

    Attributes:
        exit_code: the client's, as a shell gives it.
        unused: the recorded calls that never answered: (endpoint, their numbers).
        misses: the distinct ones.
        forwarded: how many misses the API answered, by endpoint.
        appended: how many exchanges were added to the recording.
        faults: how many calls met a fault that was asked for.
    """

    recording: Path
    exit_code: int
    tally: Tally
    unused: tuple[tuple[str, list[int]], ...]
    misses: tuple[SeenMiss, ...]
    forwarded: dict[str, int]
    appended: int
    faults: int


@dataclass(frozen=True, slots=True)
class OpenedReplay:
    """A recording that is open for replay, and what answers from it."""

    player: ReplayAddon
    notices: Notices
    behind: tuple[Any, ...]
    writer: RecordingWriter | None
    calls: int

    def addons(self) -> list[Any]:
        """Return what the proxy needs to replay."""
        large = LargeCalls(self.player.programs, recorded=False)
        return [
            DistrustNotice(self.notices),
            self.player.programs,
            large,
            self.player,
            *self.behind,
        ]

    async def drained(self) -> None:
        """Give the calls under way to the API the time to come to their end."""
        for addon in self.behind:
            if isinstance(addon, RecordAddon):
                await addon.drained(_GRACE_S)

    @property
    def appended(self) -> int:
        """How many exchanges were added to the recording."""
        return self.writer.committed if self.writer else 0


def index(
    recording: Recording,
    match: str,
    ignored: frozenset[str] = DEFAULT_IGNORED,
    tolerance: float | None = None,
    until_step: int | None = None,
    steps: Callable[[], RecordedSteps] | None = None,
) -> Replayer:
    """Index a recording for replay. Reads no body unless other fields than the usual ones are ignored."""
    made = steps or (lambda: RecordedSteps(recording.observations()))

    def request(number: int) -> dict[str, Any]:
        body = recording.body(recording.call(number).request_hash)
        return LazyBody.of(body).without_recurrent()

    rules = MatchRules(match, ignored, tolerance, until_step)
    return Replayer(_keyed_calls(recording, ignored), rules, made, request)


@contextmanager
def opened_replay(settings: ReplaySettings, notices: Notices) -> Iterator[OpenedReplay]:
    """Have a recording open for replay while the block runs.

    Its steps are worked out on a thread of their own meanwhile: what is asked exactly as recorded
    needs none.

    Raises:
        InputError: the recording can't be read.
        UsageError: it is to be added to, and can't be.
    """
    proxy = settings.proxy
    with ExitStack() as stack:
        recording = stack.enter_context(Recording(proxy.recording))
        steps = stack.enter_context(_steps_of(proxy.recording))
        replayer = index(
            recording,
            settings.match,
            settings.ignored,
            settings.tolerance,
            settings.until_step,
            steps,
        )
        writer = None
        behind: tuple[Any, ...] = ()
        if settings.on_miss == "record":
            writer = RecordingWriter(
                proxy.recording, append=True, known_secrets=proxy.known_secrets
            )
            stack.enter_context(writer)
            behind = (RecordAddon(writer, notices, settings.upstream),)
        elif not settings.offline:
            behind = (Forwarder(settings.upstream),)
        forwards = settings.on_miss != "refuse"
        obeyed = ReplayAddonSettings(proxy.known_secrets, forwards, settings.latency, settings.faults)
        stack.callback(recording.close)  # before the writer folds its log in
        yield OpenedReplay(
            ReplayAddon(recording, replayer, notices, obeyed), notices, behind, writer, len(recording)
        )


def proxy_spec(settings: ReplaySettings) -> ProxySpec:
    """Return how the proxy is set up that replays."""
    folder = Authority.ensure(settings.proxy.ca_folder).folder
    return ProxySpec(settings.proxy.listening, folder, settings.upstream, settings.upstream_ca)


def replay(settings: ReplaySettings, say: Say, show: Say) -> Replayed:
    """Replay until the client command ends or the proxy is stopped.

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
    notices = Notices(say)
    if environment.mock_api_is_on(proxy.environment):
        notices.once(
            "mock",
            "IAI_MOCK_API is set: the SDK answers itself, and nothing is replayed. Unset it.",
        )
    with opened_replay(settings, notices) as opened:

        async def job(bound: Bound) -> int:
            say(
                f"replaying {proxy.recording}: {opened.calls} calls, matched up to {settings.match}"
            )
            code = await client_or_signal(proxy, authority, bound, say, show)
            await opened.drained()
            return code

        with mitmproxy_log(say, verbose=proxy.verbose):
            code = asyncio.run(run_proxy(proxy_spec(settings), opened.addons(), job))
        player = opened.player
        tally = player.tally
    return Replayed(
        proxy.recording,
        code,
        tally,
        unused_by_endpoint(proxy.recording, tally.unused),
        player.misses,
        dict(player.forwarded),
        opened.appended,
        player.faulty,
    )


def unused_by_endpoint(path: Path, numbers: Sequence[int]) -> tuple[tuple[str, list[int]], ...]:
    """Name the recorded calls that were never used: (endpoint, their numbers), in order of appearance."""
    found: dict[str, list[int]] = {}
    wanted = set(numbers)
    if wanted:
        with Recording(path) as recording:
            for call in recording.calls():
                if call.id in wanted:
                    found.setdefault(call.endpoint, []).append(call.id)
    return tuple(found.items())


@contextmanager
def _steps_of(path: Path) -> Iterator[Callable[[], RecordedSteps]]:
    """Begin to work out the steps of a recording, over a connection of its own; the result waits for them."""

    def work() -> RecordedSteps:
        with Recording(path) as recording:
            return RecordedSteps(recording.observations())

    with ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-steps") as worker:
        yield worker.submit(work).result


def _keyed_calls(recording: Recording, ignored: frozenset[str]) -> Iterator[KeyedCall]:
    stored = dict(recording.request_keys()) if ignored == DEFAULT_IGNORED else {}
    for call in list(recording.calls()):
        if call.is_whole:
            continue  # its parts answer, and it is divided anew
        keys = stored.get(call.id)
        if keys is None:
            keys = request_keys(
                call.method, call.target, recording.body(call.request_hash), ignored
            )
        yield KeyedCall(call, keys)
