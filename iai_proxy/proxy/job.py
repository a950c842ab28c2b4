"""What a proxy is run for: a recording that is open to write into, or to answer from.

It is opened by :func:`iai_proxy.proxy.record_job.open_recording` or
:func:`iai_proxy.proxy.replay_job.open_replay`, and run in the foreground (the command line), in the
background (tests and notebooks), or inside mitmproxy's own programs.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client.authority import Authority, default_folder
from iai_proxy.errors import InputError
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.notices import Notices
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay_addon import SeenMiss
from iai_proxy.recordings import RecordingWriter
from iai_proxy.settings.model import CaSettings, ProxySettings

#: A call that is under way when the proxy is stopped is paid for already: it may take this long to
#: end.
_GRACE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Job(ABC):
    """A recording that is open, and what has come of it so far.

    Attributes:
        path: the recording.
        title: what the proxy does, in a few words.
        notices: what goes wrong is shown by these.
        writer, recorder: write into the recording; None if nothing does.
    """

    path: Path
    title: str
    notices: Notices
    writer: RecordingWriter | None
    recorder: RecordAddon | None

    @abstractmethod
    def addons(self) -> list[Any]:
        """Return what the proxy needs for the job; called where its event loop runs."""

    @abstractmethod
    def summary(self) -> Iterator[str]:
        """Say what came of the job, in a few lines."""

    @property
    def under_way(self) -> int:
        """How many calls the API has not answered yet."""
        return self.recorder.under_way if self.recorder else 0

    async def drained(self) -> None:
        """Give the calls under way the time to end."""
        if self.recorder and self.recorder.under_way:
            await self.recorder.drained(_GRACE_S)

    @property
    def recorded(self) -> int:
        """How many calls were recorded."""
        return self.writer.committed if self.writer else 0

    @property
    def served(self) -> Counter[str]:
        """How many calls were answered from the recording, by level of matching."""
        return Counter()

    @property
    def misses(self) -> tuple[SeenMiss, ...]:
        """The distinct calls that nothing recorded answers."""
        return ()

    @property
    def unused(self) -> tuple[int, ...]:
        """The numbers of the recorded calls that were never used, of a replay."""
        return ()


def authority_of(settings: CaSettings) -> Authority:
    """Return our CA; it is made at first use."""
    return Authority.ensure(settings.ca_dir or default_folder())


def proxy_spec(
    settings: ProxySettings, upstream: Upstream | None, *, wrapped: bool = True
) -> ProxySpec:
    """Return how the proxy is set up.

    Args:
        settings: of the job.
        upstream: where calls for the API go; None for where the client sends them.
        wrapped: the client will be told where the proxy listens: any port will do.

    Raises:
        UsageError: the addresses to listen on can't be used.
        InputError: the upstream's root certificates can't be read.
    """
    listening = settings.listening(wrapped=wrapped)
    if settings.upstream_ca:
        _check_roots(settings.upstream_ca)
    return ProxySpec(listening, authority_of(settings).folder, upstream, settings.upstream_ca)


def _check_roots(file: Path) -> None:
    """Make sure that a file has root certificates: mitmproxy reads it at the first call only."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:  # ssl.SSLError too, for what is no certificate
        reason = "it has no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise InputError(
            f"can't read the upstream's root certificates in {file} ({reason}): give a PEM file "
            "with --upstream-ca"
        ) from error


def known_secrets(settings: ProxySettings, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets known before any call: the SDK's key and the proxy's password."""
    key = environment.get("IAI_API_KEY")
    password = (settings.proxy_password or "").partition(":")[2]
    return tuple(secret for secret in (key, password) if secret)
