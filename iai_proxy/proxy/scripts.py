"""Recording and replaying inside mitmproxy's own programs: ``mitmdump -s addons/record.py``.

Settings come from ``--set iai_recording=FILE`` and the like, or from a settings file (``--set
iai_config=FILE``, see ``configs/``). They work in whatever mode mitmproxy is started: its local
capture and transparent modes need nothing from the client at all.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Final

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy import mode_specs

from iai_proxy.api.hosts import Upstream
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.proxy import client_handler
from iai_proxy.proxy.content_view import ContentViews
from iai_proxy.proxy.doorkeeper import Addressees, NoWebPages
from iai_proxy.proxy.fail_closed import Closed
from iai_proxy.proxy.http_stream import install
from iai_proxy.proxy.job import ProxyJob
from iai_proxy.proxy.quickack import QuickAck
from iai_proxy.proxy.record_job import open_recording
from iai_proxy.proxy.replay_job import open_replay
from iai_proxy.saying import say
from iai_proxy.session.asked_servers import asked_servers
from iai_proxy.session.doors import Doors
from iai_proxy.session.notices import Notices
from iai_proxy.session.web_pages import known_names
from iai_proxy.settings.files import NO_CONFIG, load_config
from iai_proxy.settings.option import settings_of
from iai_proxy.settings.proxying import ProxySettings
from iai_proxy.settings.reading import S, from_addon_options, layered
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.wording import MITMPROXY
from iai_proxy.text import one_line

_PREFIX: Final = "iai_"

logger = logging.getLogger(__name__)


class _Script(ABC):
    """What both scripts have in common: until the job is open, everything is refused."""

    model: type[ProxySettings]

    def __init__(self) -> None:
        self.addons: list[Any] = [Closed("it has not started yet")]
        self._job: ProxyJob | None = None
        self._opened = ExitStack()
        self._malformed: str | None = None
        install()
        client_handler.install()

    @abstractmethod
    def open(self, notices: Notices) -> tuple[AbstractContextManager[ProxyJob], Upstream | None]:
        """Return the job, to be opened, and where it sends calls for the API."""

    def load(self, loader: Loader) -> None:
        """Declare the options, and take over what was set before we were loaded.

        mitmproxy does the latter after load(), and an OptionsError there unloads the script in
        silence while traffic goes on.
        """
        ContentViews().load(loader)
        loader.add_option("iai_config", str, "", "Settings file of iai-proxy (TOML).")
        for setting in settings_of(self.model).values():
            if not setting.option.addon:
                continue
            name, text = setting.addon_option, MITMPROXY(setting.option.help)
            if setting.is_switch:
                loader.add_option(name, bool, False, text)
            elif setting.option.repeats:
                loader.add_option(name, Sequence[str], [], text)
            else:
                loader.add_option(name, str, "", text)
        try:
            ctx.options.process_deferred()
        except OptionsError as error:
            self._malformed = str(error)
            for name in [name for name in ctx.options.deferred if name.startswith(_PREFIX)]:
                del ctx.options.deferred[name]

    def running(self) -> None:
        """Start; log an error, which ends mitmdump and mitmweb, and refuse all from then on."""
        problem = None
        try:
            self._start()
        except IaiProxyError as error:
            problem = MITMPROXY(str(error))
        if problem:
            self.addons[:] = [Closed(problem)]
            logger.error("iai-proxy: %s", one_line(problem))

    def _start(self) -> None:
        self._refuse_unknown_options()
        opening, upstream = self.open(Notices(say, MITMPROXY))
        if ctx.options.body_size_limit is None:
            ctx.options.update(body_size_limit=str(_read(self.model).bounds.body))
        self._job = self._opened.enter_context(opening)
        _end_with_the_terminal()
        say(self._job.title)
        # Lazy: CONNECT must not dial before a hook has spoken. What is streamed is not kept; what
        # is no HTTP inside a tunnel to the API would pass unread.
        ctx.options.update(
            connection_strategy="lazy",
            upstream_cert=False,
            stream_large_bodies=None,
            rawtcp=False,
        )
        doors = Doors(upstream, asked_servers(os.environ), replayed=self._job.replayed)
        if not (ctx.options.allow_hosts or ctx.options.ignore_hosts):
            ctx.options.update(allow_hosts=[*doors.opened_tls, *_reverse_targets()])
        first = [Addressees(doors), NoWebPages(_names(upstream)), QuickAck()]
        self.addons[:] = [*first, *self._job.addons()]

    async def done(self) -> None:
        """Let calls under way end, finish the job, and say what came of it."""
        if self._job:
            await self._job.drained()
        self._opened.close()
        for line in self._job.summary() if self._job else ():
            say(MITMPROXY(line))

    def _refuse_unknown_options(self) -> None:
        """Refuse a misspelled --set, which mitmproxy itself accepts in silence."""
        unknown = sorted(name for name in ctx.options.deferred if name.startswith(_PREFIX))
        if self._malformed:
            raise UsageError(self._malformed)
        if unknown:
            raise UsageError(f"there is no option {', '.join(unknown)}")


class RecordScript(_Script):
    """``-s addons/record.py``."""

    model = RecordSettings

    def open(self, notices: Notices) -> tuple[AbstractContextManager[ProxyJob], Upstream | None]:
        """Open the recording."""
        settings = _read(RecordSettings)
        if settings.upstream == "sandbox":
            raise UsageError(
                "iai_upstream is sandbox: only `iai-proxy record` starts one; run `iai-proxy "
                "sandbox`, and give its URL"
            )
        upstream = settings.upstream
        return open_recording(settings, upstream, os.environ, notices), upstream


class ReplayScript(_Script):
    """``-s addons/replay.py``. Always offline."""

    model = ReplaySettings

    def open(self, notices: Notices) -> tuple[AbstractContextManager[ProxyJob], Upstream | None]:
        """Open and index the recording."""
        settings = _read(ReplaySettings)
        if ctx.options.iai_upstream:
            say("iai_upstream has no effect: as a script, replay is offline")
        if settings.recording is None:
            raise UsageError("give the recording with --set iai_recording=FILE")
        if not settings.offline:
            raise UsageError(
                "on-miss and until-step are for `iai-proxy replay`: as a script, replay is offline"
            )
        return open_replay(settings, None, os.environ, notices), None


def _end_with_the_terminal() -> None:
    """Have mitmproxy end at SIGHUP as it does at SIGTERM: it would not let us finish."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, ctx.master.shutdown)


def _read(model: type[S]) -> S:
    """Read the settings from mitmproxy's options and the settings file that they name."""
    config = load_config(Path(ctx.options.iai_config)) if ctx.options.iai_config else NO_CONFIG
    options = {name: option.current() for name, option in ctx.options.items()}
    return layered(from_addon_options(model, options), config.of(model))


def _names(upstream: Upstream | None) -> frozenset[str]:
    """Return the hosts that calls may name, besides the API's."""
    hosts = [ctx.options.listen_host, *(host for host, _ in _reversed())]
    return known_names(*hosts, upstream.host if upstream else "")


def _reverse_targets() -> list[str]:
    """Return the targets of mitmproxy's reverse modes: who sets one up wants it to be opened."""
    return [rf"^{host}:{port}$".replace(".", r"\.") for host, port in _reversed()]


def _reversed() -> list[tuple[str, int]]:
    specs = [mode_specs.ProxyMode.parse(mode) for mode in ctx.options.mode]
    return [spec.address for spec in specs if isinstance(spec, mode_specs.ReverseMode)]
