"""Recording, from the settings to the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iai_proxy.client import environment
from iai_proxy.client.authority import Authority
from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.live_checks import LiveResult
from iai_proxy.diagnosis.live_process import LiveChecksProcess
from iai_proxy.proxy.embed import Bound, ProxySpec, run_proxy
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.notices import DistrustNotice, Notices
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.session import Say, client_or_signal, mitmproxy_log
from iai_proxy.recordings import RecordingWriter
from iai_proxy.report import live_finding
from iai_proxy.settings.model import RecordSettings
from iai_proxy.text import plural

#: A call that is under way when the proxy is stopped is paid for already: it gets this long to come
#: to its end.
_GRACE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording session came to.

    Attributes:
        exit_code: the client's, as a shell gives it.
        calls: how many exchanges were committed in this session.
        failed: how many could not be, and so were refused to the client.
        why_empty: where there were none, what the likely reason is; else None.
        findings: what the checks found.
        agents: how many the largest step of the whole recording has, as far as the checks read it.
    """

    recording: Path
    exit_code: int
    calls: int
    failed: int
    why_empty: str | None
    findings: tuple[Located, ...] = ()
    agents: int = 0


@dataclass(frozen=True, slots=True)
class OpenedRecorder:
    """A recording that is open for writing, and what writes it."""

    writer: RecordingWriter
    recorder: RecordAddon
    notices: Notices

    def addons(self) -> list[Any]:
        """Return what the proxy needs to record."""
        return [DistrustNotice(self.notices), self.recorder, LargeCalls()]

    async def drained(self) -> None:
        """Give the calls under way the time to come to their end."""
        if self.recorder.under_way:
            await self.recorder.drained(_GRACE_S)


@contextmanager
def opened_recorder(settings: RecordSettings, notices: Notices) -> Iterator[OpenedRecorder]:
    """Have a recording open while the block runs; take it away if it was made here and nothing came of it.

    Args:
        settings: what to do.
        notices: told what goes wrong upstream.

    Raises:
        UsageError: the file can't be used.
        InputError: the file to be continued is no recording.
    """
    proxy = settings.proxy
    made = not proxy.recording.exists()
    writer = RecordingWriter(
        proxy.recording, append=settings.append, known_secrets=proxy.known_secrets
    )
    try:
        with writer:
            yield OpenedRecorder(writer, RecordAddon(writer, notices, settings.upstream), notices)
    finally:
        if (
            made and not writer.committed
        ):  # an empty recording would only be in the way of the next try
            proxy.recording.unlink(missing_ok=True)


def proxy_spec(settings: RecordSettings) -> ProxySpec:
    """Return how the proxy is set up that records."""
    folder = Authority.ensure(settings.proxy.ca_folder).folder
    return ProxySpec(settings.proxy.listening, folder, settings.upstream, settings.upstream_ca)


def record(settings: RecordSettings, say: Say, show: Say) -> Recorded:
    """Record until the client command ends or the proxy is stopped.

    Args:
        settings: what to do.
        say: shows one notice to people.
        show: shows lines of data.

    Raises:
        UsageError: an address or the file can't be used.
        InputError: the file to be continued is no recording.
    """
    proxy = settings.proxy
    authority = Authority.ensure(proxy.ca_folder)
    notices = Notices(say)
    if environment.mock_api_is_on(proxy.environment):
        notices.once("mock", _MOCK)
    if proxy.client and environment.logger_path_is_set(proxy.environment):
        notices.once("logger", _LOGGER)
    with ExitStack() as stack:
        checks = None
        if settings.checks:
            checks = stack.enter_context(
                LiveChecksProcess(
                    proxy.recording, settings.checks, _told(notices), settings.egos
                )
            )
        with opened_recorder(settings, notices) as opened:

            async def job(bound: Bound) -> int:
                say(f"recording into {proxy.recording}")
                code = await client_or_signal(proxy, authority, bound, say, show)
                if opened.recorder.under_way:
                    say(f"waiting for {opened.recorder.under_way} calls under way")
                await opened.drained()
                return code

            with mitmproxy_log(say, verbose=proxy.verbose):
                code = asyncio.run(run_proxy(proxy_spec(settings), opened.addons(), job))
            if checks:
                checks.let_go()
        result = checks.finish() if checks else None
    why = None if opened.writer.committed else _why_empty(settings, notices)
    findings = _finished(result, say) if result else ()
    agents = result.agents if result else 0
    return Recorded(
        proxy.recording,
        code,
        opened.writer.committed,
        opened.recorder.failed,
        why,
        findings,
        agents,
    )


def _told(notices: Notices) -> Callable[[Located], None]:
    def tell(located: Located) -> None:
        text = live_finding(located)
        notices.once(f"finding {text}", text)

    return tell


def _finished(result: LiveResult, say: Say) -> tuple[Located, ...]:
    results = result.results
    for fault in results.faults:
        say(fault)
    for simulation, code in result.taken_back:
        where = "" if simulation is None else f" in simulation {simulation}"
        say(f"IAI{code:03d}{where}: taken back, now that the whole run is known")
    if unfinished := _unfinished(
        result.left_out, looked_again=result.looked_again or not results.steps
    ):
        say(unfinished)
    return tuple(results.located)


def _unfinished(left_out: int, *, looked_again: bool) -> str:
    """Say what `diagnose` would do that there was no time for; nothing where there was."""
    if left_out and looked_again:
        return f"{plural(left_out, 'step')} not checked yet: `iai-proxy diagnose` does it"
    if left_out:
        return (
            f"{plural(left_out, 'step')} not checked yet, and the others not looked at again: `iai-proxy diagnose` "
            "does both, and may know better who is an ego, say"
        )
    if not looked_again:
        return "the whole run could not be looked at again: `iai-proxy diagnose` may know better who is an ego, say"
    return ""


_MOCK: Final = (
    "IAI_MOCK_API is set: the SDK answers itself and makes no call, so there will be nothing to record. "
    "Unset it to call the API."
)


_LOGGER: Final = (
    "IAI_LOGGER_PATH is set: the SDK's own debug log makes the run much slower. Unset it and give --logs DIR (or run "
    "`iai-proxy export debug-log` afterwards): that log is the same, with every pair right."
)


def _why_empty(settings: RecordSettings, notices: Notices) -> str:
    if environment.mock_api_is_on(settings.proxy.environment):
        return _MOCK
    if notices.shown(DistrustNotice.KEY):
        return "no call was recorded, since the client does not trust the CA of iai-proxy: see `iai-proxy ca`"
    if settings.proxy.client:
        return (
            "no call was recorded: the client made none, or not through the proxy. It must honour HTTPS_PROXY; "
            "one that can't may use --reverse-listen (plain HTTP)"
        )
    return "no call was recorded: was the client started with the exported variables?"
