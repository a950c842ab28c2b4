"""Jobs that mitmproxy is run for, and how it is set up for them."""

from __future__ import annotations

import ssl
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iai_proxy.api.hosts import Upstream
from iai_proxy.errors import InputError
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.ending import Ending
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.recordings import RecordingWriter
from iai_proxy.session.asked_servers import asked_servers
from iai_proxy.session.doors import Server
from iai_proxy.session.ending import come_to_end
from iai_proxy.session.job import Job, authority_of
from iai_proxy.session.notices import Notices
from iai_proxy.settings.proxying import ProxySettings


class ProxyJob(Job):
    """A recording that is open for mitmproxy to write into, or to answer from.

    Attributes:
        writer, recorder: write into the recording; None if nothing does.
        ending: knows which calls are under way.
        grace_s: how long those may take when the proxy is stopped, in seconds.
    """

    __slots__ = ()

    writer: RecordingWriter | None
    recorder: RecordAddon | None
    ending: Ending
    grace_s: float

    @abstractmethod
    def addons(self) -> list[Any]:
        """Return what the proxy needs for the job; called where its event loop runs."""

    @property
    def under_way(self) -> int:
        """How many calls are not answered yet."""
        return self.ending.under_way

    async def drained(self, hint: str = "") -> None:
        """Take no more calls, and give those under way the time to end.

        Args:
            hint: how to end sooner.
        """
        await come_to_end(self.ending, self.grace_s, self.notices.say, hint)

    @property
    def replayed(self) -> frozenset[Server]:
        """The servers whose recorded calls are replayed."""
        return frozenset()

    @property
    def recorded(self) -> int:
        """How many calls were recorded."""
        return self.writer.committed if self.writer else 0


def proxy_spec(
    settings: ProxySettings,
    upstream: Upstream | None,
    environ: Mapping[str, str],
    notices: Notices,
    *,
    wrapped: bool = True,
    replayed: frozenset[Server] = frozenset(),
) -> ProxySpec:
    """Return how the proxy is set up.

    Args:
        settings: of the job.
        upstream: where calls for the API go; None for where the client sends them.
        environ: the client's environment, which may name a development server.
        notices: hosts that are not opened are shown by these.
        wrapped: the client will be told where the proxy listens: any port will do.
        replayed: servers whose recorded calls are replayed.

    Raises:
        UsageError: the addresses to listen on can't be used.
        InputError: the upstream's root certificates can't be read.
    """
    listening = settings.listening(wrapped=wrapped)
    if settings.upstream_ca:
        _check_roots(settings.upstream_ca)
    return ProxySpec(
        listening,
        authority_of(settings).folder,
        upstream,
        settings.upstream_ca,
        settings.bounds.body,
        asked_servers(environ),
        settings.tunnels(wrapped=wrapped),
        replayed,
        lambda sentence: notices.once(f"closed {sentence}", sentence),
        notices.wrong_password,
    )


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
