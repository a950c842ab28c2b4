"""Replaying in mitmproxy, which may let the API answer too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iai_proxy.api.hosts import Upstream
from iai_proxy.player.job import (
    PlayedJob,
    ReplayOutcome,
    count_misses,
    open_player,
    warn_of_mock_api,
)
from iai_proxy.proxy.distrust import DistrustNotice
from iai_proxy.proxy.ending import Ending
from iai_proxy.proxy.foreground import run_in_foreground
from iai_proxy.proxy.forwarding import Forwarder
from iai_proxy.proxy.job import ProxyJob
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay_addon import ReplayAddon
from iai_proxy.recordings import RecordingWriter
from iai_proxy.saying import hiding
from iai_proxy.session.doors import Server
from iai_proxy.session.foreground import Invocation
from iai_proxy.session.job import known_secrets
from iai_proxy.session.notices import Notices
from iai_proxy.settings.replaying import ReplaySettings


@dataclass(frozen=True, slots=True)
class ReplayJob(PlayedJob, ProxyJob):
    """A recording that is open for replay in mitmproxy.

    Attributes:
        writer, recorder: add what the API answers to the recording; None if nothing does.
        replaying: lets the player answer.
        forwarder: sends what nothing has answered to the API; None for a replay that is offline.
    """

    writer: RecordingWriter | None
    recorder: RecordAddon | None
    replaying: ReplayAddon
    forwarder: RecordAddon | Forwarder | None
    ending: Ending = field(default_factory=Ending)
    grace_s: float = 0.0

    def addons(self) -> list[Any]:
        """Return what the proxy needs to replay."""
        connections = self.replaying.connections
        large = LargeCalls(connections, recorded=False)
        forwarding = [self.forwarder] if self.forwarder else []
        replaying = [connections, large, self.replaying, *forwarding]
        return [DistrustNotice(self.notices, "replay"), *self.ending.around(replaying)]

    def summary(self, unused: Sequence[tuple[str, Sequence[int]]] = ()) -> Iterator[str]:
        """Say what was served, and what went wrong with the API."""
        yield from super(ReplayJob, self).summary(unused)
        if left := self.left_over():
            yield left
        if self.forwarder:
            yield from self.forwarder.troubles.summary()

    def left_over(self, path: Path | None = None) -> str | None:
        """Say what there was no time for when the recording was closed."""
        from iai_proxy.report import left_over

        if not self.writer:
            return None
        return left_over(path or self.path, self.writer.unpacked, self.writer.free_bytes)

    @property
    def replayed(self) -> frozenset[Server]:
        """The servers whose recorded calls are replayed."""
        return self.player.doors.replayed

    @property
    def recorded(self) -> int:
        """How many calls were recorded."""
        return self.writer.committed if self.writer else 0

    @property
    def forwarded(self) -> Counter[str] | None:
        """How many misses the API answered, by endpoint; None if it is not asked."""
        return self.replaying.forwarded if self.player.forwards else None

    @property
    def live(self) -> int:
        """How many calls after the recorded steps the API answered."""
        return self.replaying.live


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
    with ExitStack() as stack:
        writer = recorder = None
        played = stack.enter_context(open_player(settings, environ, notices, wrapped=wrapped))
        if settings.on_miss == "record":
            secrets = known_secrets(settings, environ)
            writer = RecordingWriter(
                played.path, append=True, known_secrets=secrets, packs_beside=True
            )
            stack.enter_context(writer)
            stack.enter_context(hiding(writer.hide))
            recorder = RecordAddon(writer, notices, upstream, settings.bounds.decoded)
            stack.callback(played.player.close)  # before the writer folds its log in
        forwarder = recorder or (None if settings.offline else Forwarder(notices, upstream))
        player = played.player
        addon = ReplayAddon(player)
        yield ReplayJob(
            played.path,
            played.title,
            notices,
            player,
            writer,
            recorder,
            addon,
            forwarder,
            grace_s=settings.grace,
        )


def replay(settings: ReplaySettings, invocation: Invocation) -> ReplayOutcome:
    """Replay until the client command ends or the proxy is stopped.

    Raises:
        UsageError: an address can't be listened on.
        InputError: the recording can't be read.
    """
    environ = invocation.environment
    notices = Notices(invocation.say)
    warn_of_mock_api(notices, environ)
    wrapped = bool(invocation.client)
    with open_replay(settings, invocation.upstream, environ, notices, wrapped=wrapped) as job:
        count_misses(invocation.traffic, job.player)
        code = run_in_foreground(job, settings, invocation)
    return ReplayOutcome.of(job, code)
