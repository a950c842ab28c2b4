"""Replaying, from the settings to the outcome, whatever speaks HTTP with the client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.errors import UsageError
from iai_proxy.player.player import Player, PlayerSettings
from iai_proxy.player.recorded_calls import (
    check_ignored,
    last_step,
    replayer_for,
    steps_in_background,
    unused_by_endpoint,
)
from iai_proxy.recordings import Recording
from iai_proxy.replay import RecordedSteps, SeenMiss, Tally
from iai_proxy.saying import hiding
from iai_proxy.session.asked_servers import asked_servers
from iai_proxy.session.doors import Doors
from iai_proxy.session.job import Job, known_secrets
from iai_proxy.session.notices import Notices
from iai_proxy.session.traffic import Traffic
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.text import plural


@dataclass(frozen=True, slots=True)
class PlayedJob(Job):
    """A recording that is open for replay.

    Attributes:
        player: answers from it.
    """

    player: Player

    def summary(self, unused: Sequence[tuple[str, Sequence[int]]] = ()) -> Iterator[str]:
        """Say what was served; ``unused`` names the recorded calls that were not, by endpoint."""
        from iai_proxy.report import (  # at the end: replay starts sooner
            never_reached,
            replay_summary,
        )

        player = self.player
        yield from replay_summary(
            player.tally,
            unused,
            self.forwarded,
            self.live,
            self.recorded,
            player.faulty,
            [] if player.forwards else [(miss.sentence, miss.count) for miss in self.misses],
            list(player.pictures),
            player.same_start,
        )
        yield from player.never_happened
        yield from self.notices.summary()
        until_step = player.until_step
        if until_step is not None and not player.tally.live:
            yield never_reached(until_step, last_step(self.path))

    @property
    def forwarded(self) -> Counter[str] | None:
        """How many misses the API answered, by endpoint; None if it is not asked."""
        return None

    @property
    def live(self) -> int:
        """How many calls after the recorded steps the API answered."""
        return 0

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

    @classmethod
    def of(cls, job: PlayedJob, exit_code: int) -> ReplayOutcome:
        """Return what a replay that has ended came to."""
        tally = job.player.tally
        unused = unused_by_endpoint(job.path, tally.unused)
        return cls(exit_code, tally, job.misses, tuple(job.summary(unused)))


@contextmanager
def open_player(
    settings: ReplaySettings,
    environ: Mapping[str, str],
    notices: Notices,
    *,
    wrapped: bool = False,
) -> Iterator[PlayedJob]:
    """Have a recording open for replay while the block runs.

    Its steps are worked out on another thread meanwhile: what comes exactly as recorded needs none.

    Args:
        settings: of the replay; they name a recording.
        environ: the client's environment, which may hold the key.
        notices: misses are shown by these.
        wrapped: all calls are those of a single client, whatever processes make them.

    Raises:
        InputError: the recording can't be read.
        UsageError: none is named, or a field to be ignored is none.
    """
    path = settings.recording
    if path is None:
        raise UsageError("name the recording to replay")
    with Recording(path) as recording:
        upstream = settings.upstream if isinstance(settings.upstream, Upstream) else None
        obeyed = PlayerSettings(
            known_secrets(settings, environ),
            settings.on_miss != "refuse",
            settings.latency,
            settings.faults,
            wrapped,
            settings.bounds.decoded,
            Doors(upstream, asked_servers(environ), replayed=recording.servers()),
        )
        check_ignored(recording, settings.ignored)

        def worked_out() -> RecordedSteps:
            return steps()

        # Made before the steps: two threads at once would each wait for the interpreter.
        replayer = replayer_for(recording, settings.rules, worked_out)
        with steps_in_background(path) as steps:
            calls = plural(replayer.recorded, "call")
            title = f"replaying {path}: {calls}, match level: {settings.match}"
            player = Player(recording, replayer, notices, obeyed)
            try:
                with hiding(player.hide):
                    yield PlayedJob(path, title, notices, player)
            finally:
                player.close()


def warn_of_mock_api(notices: Notices, environ: Mapping[str, str]) -> None:
    """Say that nothing will be replayed to an SDK that makes up its answers."""
    if environment.mock_api_is_on(environ):
        notices.once("mock", _MOCK)


def count_misses(traffic: Traffic | None, player: Player) -> None:
    """Have misses shown beside the traffic."""

    def remarks() -> str:
        misses = player.tally.misses
        return plural(misses, "miss", "misses") if misses else ""

    if traffic:
        traffic.remarks = remarks


_MOCK: Final = (
    "IAI_MOCK_API is set: the SDK makes up the answers itself, and nothing is replayed. Unset it."
)
