"""Replaying, from the settings to the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.errors import UsageError
from iai_proxy.proxy.foreground import Invocation, run_in_foreground
from iai_proxy.proxy.forwarding import Forwarder
from iai_proxy.proxy.job import Job, known_secrets
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.notices import DistrustNotice, Notices
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.recorded_calls import (
    check_ignored,
    last_step,
    replayer_for,
    steps_in_background,
    unused_by_endpoint,
)
from iai_proxy.proxy.replay_addon import ReplayAddon, ReplayAddonSettings, SeenMiss
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.replay import Tally
from iai_proxy.report import never_reached, replay_summary
from iai_proxy.settings.model import ReplaySettings
from iai_proxy.text import plural


@dataclass(frozen=True, slots=True)
class ReplayJob(Job):
    """A recording that is open for replay.

    Attributes:
        player: answers from it.
        forwarder: sends what nothing has answered to the API; None for a replay that is offline.
    """

    player: ReplayAddon
    forwarder: RecordAddon | Forwarder | None

    def addons(self) -> list[Any]:
        """Return what the proxy needs to replay."""
        programs = self.player.programs
        large = LargeCalls(programs, recorded=False)
        addons = [DistrustNotice(self.notices, "replay"), programs, large, self.player]
        return [*addons, self.forwarder] if self.forwarder else addons

    def summary(self, unused: Sequence[tuple[str, Sequence[int]]] = ()) -> Iterator[str]:
        """Say what was served; ``unused`` names the recorded calls that were not, by endpoint."""
        player = self.player
        yield from replay_summary(
            player.tally,
            unused,
            player.forwarded if player.forwards else None,
            player.live,
            self.recorded,
            player.faulty,
            [] if player.forwards else [miss.sentence for miss in self.misses],
            list(player.pictures),
            player.same_start,
        )
        yield from player.never_happened
        until_step = player.until_step
        if until_step is not None and not player.tally.live:
            yield never_reached(until_step, last_step(self.path))
        if self.forwarder:
            yield from self.forwarder.troubles.summary()

    @property
    def served(self) -> Counter[str]:
        """How many calls were answered from the recording, by level of matching."""
        return Counter(self.player.tally.served)

    @property
    def unused(self) -> tuple[int, ...]:
        """The numbers of the recorded calls that were never used."""
        return tuple(self.player.tally.unused)

    @property
    def misses(self) -> tuple[SeenMiss, ...]:
        """The distinct calls that nothing recorded answers."""
        return self.player.misses


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What a replay came to.

    Attributes:
        exit_code: the client's, as a shell gives it.
        tally: what was served.
        misses: the distinct ones.
        summary: what to say of it.
    """

    exit_code: int
    tally: Tally
    misses: tuple[SeenMiss, ...]
    summary: tuple[str, ...]


@contextmanager
def open_replay(
    settings: ReplaySettings,
    upstream: Upstream | None,
    environ: Mapping[str, str],
    notices: Notices,
    *,
    wrapped: bool = False,
) -> Iterator[ReplayJob]:
    """Have a recording open for replay while the block runs.

    Its steps are worked out on another thread meanwhile: what comes exactly as recorded needs none.

    Args:
        settings: of the replay; they name a recording.
        upstream: where calls for the API go; None for where the client sends them.
        environ: the client's environment, which may hold the key.
        notices: misses and what goes wrong upstream are shown by these.
        wrapped: all calls are those of a single client, whatever processes make them.

    Raises:
        InputError: the recording can't be read.
        UsageError: none is named, or it is to be added to, and can't be.
    """
    path = settings.recording
    if path is None:
        raise UsageError("name the recording to replay")
    secrets = known_secrets(settings, environ)
    with ExitStack() as stack:
        recording = stack.enter_context(Recording(path))
        check_ignored(recording, settings.ignored)
        steps = stack.enter_context(steps_in_background(path))
        writer = recorder = None
        if settings.on_miss == "record":
            writer = RecordingWriter(path, append=True, known_secrets=secrets)
            stack.enter_context(writer)
            recorder = RecordAddon(writer, notices, upstream)
        stack.callback(recording.close)  # before the writer folds its log in
        forwarder = recorder or (None if settings.offline else Forwarder(notices, upstream))
        replayer = replayer_for(recording, settings.rules, steps)
        obeyed = ReplayAddonSettings(
            secrets, settings.on_miss != "refuse", settings.latency, settings.faults, wrapped
        )
        player = ReplayAddon(recording, replayer, notices, obeyed)
        calls = plural(len(recording), "call")
        title = f"replaying {path}: {calls}, match level: {settings.match}"
        yield ReplayJob(path, title, notices, writer, recorder, player, forwarder)


def replay(settings: ReplaySettings, invocation: Invocation) -> ReplayOutcome:
    """Replay until the client command ends or the proxy is stopped.

    Raises:
        UsageError: an address can't be listened on.
        InputError: the recording can't be read.
    """
    environ = invocation.environment
    notices = Notices(invocation.say)
    if environment.mock_api_is_on(environ):
        notices.once("mock", _MOCK)
    wrapped = bool(invocation.client)
    with open_replay(settings, invocation.upstream, environ, notices, wrapped=wrapped) as job:
        if invocation.traffic:
            invocation.traffic.remarks = lambda: _misses(job.player.tally)
        code = run_in_foreground(job, settings, invocation)
        tally = job.player.tally
    unused = unused_by_endpoint(job.path, tally.unused)
    return ReplayOutcome(code, tally, job.misses, tuple(job.summary(unused)))


def _misses(tally: Tally) -> str:
    return plural(tally.misses, "miss", "misses") if tally.misses else ""


_MOCK: Final = (
    "IAI_MOCK_API is set: the SDK makes up the answers itself, and nothing is replayed. Unset it."
)
