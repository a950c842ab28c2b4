"""Recording, from the settings to the outcome."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iai_proxy.mitm import environment
from iai_proxy.mitm.authority import Authority
from iai_proxy.mitm.embed import Bound, ProxySpec, run_proxy
from iai_proxy.mitm.notices import DistrustNotice, Notices
from iai_proxy.mitm.recorder import Recorder
from iai_proxy.mitm.session import Say, client_or_signal, mitmproxy_log
from iai_proxy.mitm.settings import RecordSettings
from iai_proxy.store import RecordingWriter

#: A call that is under way when the proxy is stopped is paid for already: it gets this long to come to its end.
_GRACE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording session came to.

    Attributes:
        exit_code: the client's, as a shell gives it.
        calls: how many exchanges were committed in this session.
        failed: how many could not be, and so were refused to the client.
        why_empty: where there were none, what the likely reason is; else None.
    """

    recording: Path
    exit_code: int
    calls: int
    failed: int
    why_empty: str | None


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
    spec = ProxySpec(proxy.listening, authority.folder, settings.upstream, settings.upstream_ca)
    made = not proxy.recording.exists()
    writer = RecordingWriter(proxy.recording, append=settings.append, known_secrets=proxy.known_secrets)
    recorder = Recorder(writer, notices, settings.upstream)

    async def job(bound: Bound) -> int:
        say(f"recording into {proxy.recording}")
        code = await client_or_signal(proxy, authority, bound, say, show)
        if recorder.under_way:
            say(f"waiting for {recorder.under_way} calls under way")
            await recorder.drained(_GRACE_S)
        return code

    try:
        with writer, mitmproxy_log(say, verbose=proxy.verbose):
            code = asyncio.run(run_proxy(spec, [DistrustNotice(notices), recorder], job))
    finally:
        if made and not writer.committed:  # an empty recording would only be in the way of the next try
            proxy.recording.unlink(missing_ok=True)
    why = None if writer.committed else _why_empty(settings, notices)
    return Recorded(proxy.recording, code, writer.committed, recorder.failed, why)


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
