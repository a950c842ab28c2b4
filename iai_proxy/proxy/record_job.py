"""Recording, from the settings to the outcome."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.extras import require
from iai_proxy.proxy.checking import Checking
from iai_proxy.proxy.distrust import DistrustNotice
from iai_proxy.proxy.ending import Ending
from iai_proxy.proxy.foreground import run_in_foreground
from iai_proxy.proxy.job import ProxyJob
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.map_calls import MapCalls
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.recordings.files import bytes_of, has_log, log_of
from iai_proxy.recordings.labels import require_no_secret
from iai_proxy.recordings.sweeping import what_is_unsearched
from iai_proxy.saying import hiding
from iai_proxy.session.foreground import Invocation
from iai_proxy.session.job import known_secrets
from iai_proxy.session.notices import DISTRUST, Notices
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.sources.upload_notes import forget, forget_upload, remember

if TYPE_CHECKING:
    from iai_proxy.diagnosis.check import Located
    from iai_proxy.settings.listen import Bound
    from iai_proxy.sources.place import Place


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """What a recording session came to.

    Attributes:
        exit_code: the client's, as a shell gives it.
        failed: how many calls could not be recorded, and so were refused to the client; one more
            where someone else changed the file, so that calls in it may be lost.
        summary: what to say of it.
        findings: what the checks found.
        agents: how many the largest step of the whole recording has, as far as the checks read it.
    """

    path: Path
    exit_code: int
    calls: int
    failed: int
    summary: tuple[str, ...]
    findings: tuple[Located, ...]
    agents: int


@dataclass(frozen=True, slots=True)
class RecordJob(ProxyJob):
    """A recording that is open for writing.

    Attributes:
        maps: asks for ``location_info``; None if the settings do not want it.
        checks: begin with the first call; None if the settings do not want them.
    """

    writer: RecordingWriter
    recorder: RecordAddon
    maps: MapCalls | None = None
    checks: Checking | None = None
    ending: Ending = field(default_factory=Ending)
    grace_s: float = 0.0

    def addons(self) -> list[Any]:
        """Return what the proxy needs to record."""
        # Before the recorder, which sends calls elsewhere.
        asking = [self.maps] if self.maps else []
        checking = [self.checks] if self.checks else []
        recording = [*asking, self.recorder, *checking, LargeCalls()]
        return [DistrustNotice(self.notices), *self.ending.around(recording)]

    async def drained(self, hint: str = "") -> None:
        """Give the calls under way the time to end, then ask for the maps that are missing."""
        await super(RecordJob, self).drained(hint)
        if self.maps and self.recorded:
            await self.maps.ask(self.path)

    def summary(self, why_empty: str | None = None) -> Iterator[str]:
        """Say what was recorded, or why nothing was."""
        from iai_proxy.report import recording_summary

        size = bytes_of(self.path)
        yield from recording_summary(
            self.path, self.recorded, self.recorder.failed, size, why_empty
        )
        yield from self.notices.summary()
        if self.writer.damage:
            yield self.writer.why_damaged()
            return
        if left := self.left_over():
            yield left
        if self.recorded:
            yield from what_is_unsearched(self.path)
        if self.recorded and self._lacks_maps():
            yield _NO_MAP
        yield from self.recorder.troubles.summary()

    def left_over(self, path: Path | None = None) -> str | None:
        """Say what there was no time for when the recording was closed."""
        from iai_proxy.report import left_over

        if has_log(self.path):
            command = shlex.join(["iai-proxy", "pack", str(self.path)])
            return (
                f"{log_of(self.path)} is a part of it: its disk is full, or another program reads "
                f"it; keep both files together until `{command}` can make one of them"
            )
        return left_over(path or self.path, self.writer.unpacked, self.writer.free_bytes)

    def _lacks_maps(self) -> bool:
        from iai_proxy.logs.missing_maps import lacks_a_map

        with Recording(self.path) as recording:
            return lacks_a_map(recording)


@contextmanager
def open_recording(
    settings: RecordSettings,
    upstream: Upstream | None,
    environ: Mapping[str, str],
    notices: Notices,
) -> Iterator[RecordJob]:
    """Have a recording open while the block runs; remove it if it is new and nothing was recorded.

    Args:
        settings: of the recording.
        upstream: where calls for the API go; None for where the client sends them.
        environ: the client's environment, which may hold the key.
        notices: what goes wrong upstream is shown by these.

    Raises:
        UsageError: the file can't be used.
        InputError: the file to be continued is no recording.
    """
    path = settings.output or _default_path()
    is_new = not path.exists()
    secrets, labels = known_secrets(settings, environ), settings.labels
    require_no_secret(labels, secrets)
    if settings.upload:
        require("obstore", extra="cloud", what="--upload")
    writer = RecordingWriter(
        path,
        append=settings.append,
        known_secrets=secrets,
        packs_beside=True,
        fsync=settings.fsync,
        labels=labels,
    )
    try:
        with writer, hiding(writer.hide):
            if is_new:
                forget_upload(path)  # of another recording, which had this name
            if settings.upload:  # known even if this process is killed
                remember(path, settings.upload)
            elif is_new:
                forget(path)
            recorder = RecordAddon(writer, notices, upstream, settings.bounds.decoded)
            maps = MapCalls(notices) if settings.maps else None
            title = f"recording into {path}; {how_to_view(path)} shows it meanwhile"
            yield RecordJob(path, title, notices, writer, recorder, maps, grace_s=settings.grace)
    finally:
        # An empty one would be in the way of the next try; another's file is not ours to remove.
        if is_new and not writer.committed and not writer.damage:
            path.unlink(missing_ok=True)
            forget(path)


def record(settings: RecordSettings, invocation: Invocation) -> RecordOutcome:
    """Record until the client command ends or the proxy is stopped.

    Raises:
        UsageError: an address or the file can't be used.
        InputError: the file to be continued is no recording.
    """
    notices = Notices(invocation.say)
    _warn(invocation, notices)
    path = settings.output or _default_path()
    settings = settings.model_copy(update={"output": path})
    if settings.upload:
        invocation = _looking_ahead(settings.upload / path.name, invocation, notices)
    with ExitStack() as stack:
        checks = None
        if settings.check:
            checks = stack.enter_context(Checking(path, settings, notices))
            if invocation.traffic:
                checks.show_in(invocation.traffic)
        with open_recording(settings, invocation.upstream, invocation.environment, notices) as job:
            code = run_in_foreground(replace(job, checks=checks), settings, invocation)
            if checks:
                checks.let_go()
        result = checks.finish() if checks else None
    why_empty = None if job.recorded else _why_empty(invocation, notices)
    if result:
        from iai_proxy.proxy.check_notices import say_result

        say_result(result, invocation.say)
    return RecordOutcome(
        path,
        code,
        job.recorded,
        job.recorder.failed + bool(job.writer.damage),
        tuple(job.summary(why_empty)),
        tuple(result.results.located) if result else (),
        result.agents if result else 0,
    )


def _looking_ahead(place: Place, invocation: Invocation, notices: Notices) -> Invocation:
    """Have someone look where the recording is to go, once clients can call: none waits for it."""
    from iai_proxy.sources.upload_ahead import look_ahead

    def ready(bound: Bound) -> None:
        look_ahead(place, notices.say)
        invocation.ready(bound)

    return replace(invocation, ready=ready)


def how_to_view(recording: Path) -> str:
    """Return the command that shows a recording in the browser, also while it is written."""
    return f"`{shlex.join(['iai-proxy', 'view', '--open', str(recording)])}`"


def _warn(invocation: Invocation, notices: Notices) -> None:
    """Say which of the client's variables are in the way of recording."""
    if environment.mock_api_is_on(invocation.environment):
        notices.once("mock", _MOCK)
    if invocation.client and environment.logger_path_is_set(invocation.environment):
        notices.once("logger", _LOGGER)


def _default_path() -> Path:
    return Path(time.strftime("run-%Y%m%d-%H%M%S.iairec"))


_MOCK: Final = (
    "IAI_MOCK_API is set: the SDK makes up the answers itself and makes no call, so there will be "
    "nothing to record. Unset it to call the API."
)
_NO_MAP: Final = "no map is recorded, for pictures and scenario logs: --maps asks for it"
_LOGGER: Final = (
    "IAI_LOGGER_PATH is set: the SDK's own debug log makes the run much slower. Unset it and give "
    "--logs DIR (or run `iai-proxy export debug-log` afterwards): that log is the same, with every "
    "pair right."
)


def _why_empty(invocation: Invocation, notices: Notices) -> str:
    if environment.mock_api_is_on(invocation.environment):
        return _MOCK
    if notices.shown(DISTRUST):
        return (
            "no call was recorded, since the client does not trust the CA of iai-proxy: see "
            "`iai-proxy ca`"
        )
    if invocation.client:
        return (
            "no call was recorded: the client made none, or not through the proxy. It must honour "
            "HTTPS_PROXY; one that can't may use --reverse-listen (plain HTTP)"
        )
    return "no call was recorded: was the client started with the exported variables?"
