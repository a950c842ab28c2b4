"""Recording and replaying inside mitmproxy's own programs: ``mitmdump -s addons/record.py``, mitmweb likewise.

Settings come from ``--set iai_recording=FILE`` and the like, or from a settings file (``--set
iai_config=FILE``, see ``configs/``). They work in whatever mode mitmproxy is started: its local
capture and transparent modes need nothing from the client at all.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy import mode_specs

from iai_proxy.api import DEFAULT_IGNORED
from iai_proxy.api.faults import FaultRule
from iai_proxy.api.hosts import Upstream, opened_hosts
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.proxy.fail_closed import Closed
from iai_proxy.proxy.large_calls import LargeCalls
from iai_proxy.proxy.notices import DistrustNotice, Notices
from iai_proxy.proxy.quickack import QuickAck
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay import index
from iai_proxy.proxy.replay_addon import ReplayAddon, ReplayAddonSettings
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.replay import LEVELS
from iai_proxy.report import recording_summary, replay_summary
from iai_proxy.settings.files import Config, load_config
from iai_proxy.settings.model import latency_factor

_PREFIX: Final = "iai_"

logger = logging.getLogger(__name__)


class _Script:
    """What both scripts have in common: options in, one addon out, everything refused until it is there."""

    def __init__(self) -> None:
        self.notices = Notices(_say)
        self.addons: list[Any] = [Closed("it has not started yet")]
        self._malformed: str | None = None

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        loader.add_option("iai_config", str, "", "Settings file of iai-proxy (TOML).")
        loader.add_option("iai_recording", str, "", "The recording.")

    def _take_options(self) -> None:
        """Take over what was set before we were loaded.

        mitmproxy does so after load(), and an OptionsError there unloads the script in silence
        while traffic goes on.
        """
        try:
            ctx.options.process_deferred()
        except OptionsError as error:
            self._malformed = str(error)
            for name in [name for name in ctx.options.deferred if name.startswith(_PREFIX)]:
                del ctx.options.deferred[name]

    def running(self) -> None:
        """Start. An error is logged, which ends mitmdump and mitmweb; in any case all is refused from then on."""
        try:
            # mitmproxy itself accepts a misspelled --set in silence.
            unknown = sorted(name for name in ctx.options.deferred if name.startswith(_PREFIX))
            if self._malformed:
                raise UsageError(self._malformed)
            if unknown:
                raise UsageError(f"there is no option {', '.join(unknown)}")
            config = (
                load_config(Path(ctx.options.iai_config)) if ctx.options.iai_config else Config()
            )
            addon = self.start(config)
            # Lazy: CONNECT must not dial before a hook has spoken. What is streamed is not kept;
            # what is no HTTP inside a tunnel to the API would pass unread.
            ctx.options.update(
                connection_strategy="lazy",
                upstream_cert=False,
                stream_large_bodies=None,
                rawtcp=False,
            )
            if not (ctx.options.allow_hosts or ctx.options.ignore_hosts):
                ctx.options.update(
                    allow_hosts=[*opened_hosts(self.upstream(config)), *_reverse_targets()]
                )
            self.addons[:] = [QuickAck(), DistrustNotice(self.notices), *self.around(addon)]
        except IaiProxyError as error:
            self.addons[:] = [Closed(str(error))]
            logger.error("iai-proxy: %s", error)

    def start(self, config: Config) -> Any:
        """Return the addon that does the work."""
        raise NotImplementedError

    def upstream(self, config: Config) -> Upstream | None:
        """Return where what is meant for the API goes."""
        return None

    def around(self, addon: Any) -> list[Any]:
        """Return the addon and what it needs beside it."""
        if isinstance(addon, ReplayAddon):
            return [addon.programs, LargeCalls(addon.programs, recorded=False), addon]
        return [addon, LargeCalls()]


class RecordScript(_Script):
    """``-s addons/record.py``."""

    _writer: RecordingWriter | None = None
    _recorder: RecordAddon | None = None

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        super().load(loader)
        loader.add_option("iai_append", bool, False, "Continue an existing recording.")
        loader.add_option("iai_upstream", str, "", "URL to send what is meant for the API to.")
        self._take_options()

    def start(self, config: Config) -> RecordAddon:
        """Open the recording."""
        table = config.record
        output = (
            ctx.options.iai_recording or table.output or time.strftime("run-%Y%m%d-%H%M%S.iairec")
        )
        append = bool(ctx.options.iai_append or table.append)
        self._writer = RecordingWriter(Path(output), append=append, known_secrets=_known_secrets())
        self._recorder = RecordAddon(self._writer, self.notices, self.upstream(config))
        _say(f"recording into {output}")
        return self._recorder

    def upstream(self, config: Config) -> Upstream | None:
        """Return where what is meant for the API goes."""
        url = ctx.options.iai_upstream or config.record.upstream
        return Upstream.parse(url) if url else None

    def done(self) -> None:
        """Finish the recording."""
        if self._writer and self._recorder:
            self._writer.close()
            path = self._writer.path
            size = path.stat().st_size if path.exists() else 0
            committed, failed = self._writer.committed, self._recorder.failed
            _say_all(recording_summary(path, committed, failed, size, None))


class ReplayScript(_Script):
    """``-s addons/replay.py``. Always offline."""

    _player: ReplayAddon | None = None

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        super().load(loader)
        loader.add_option("iai_match", str, "", f"Loosest level of matching: {', '.join(LEVELS)}.")
        loader.add_option(
            "iai_ignore", Sequence[str], [], "Fields that make no difference (default random_seed)."
        )
        loader.add_option(
            "iai_tolerance", str, "", "How far a state may be from the recorded one (m, rad, m/s)."
        )
        loader.add_option(
            "iai_latency", str, "", "How long answers take: none, recorded, or a factor."
        )
        self._take_options()

    def start(self, config: Config) -> ReplayAddon:
        """Open and index the recording."""
        table = config.replay
        path = ctx.options.iai_recording or table.recording
        if not path:
            raise UsageError("give the recording with --set iai_recording=FILE")
        match = ctx.options.iai_match or table.match or "step"
        if match not in LEVELS:
            raise UsageError(f"iai_match {match} is no level: give one of {', '.join(LEVELS)}")
        if (table.on_miss or "refuse") != "refuse" or table.until_step is not None:
            raise UsageError(
                "on-miss and until-step are for `iai-proxy replay`: as a script, replay is offline"
            )
        ignored = frozenset(ctx.options.iai_ignore or table.ignore or DEFAULT_IGNORED)
        tolerance = (
            _number(ctx.options.iai_tolerance) if ctx.options.iai_tolerance else table.tolerance
        )
        latency = latency_factor(str(ctx.options.iai_latency or table.latency or "none"))
        faults = tuple(map(FaultRule.parse, table.fault or ()))
        recording = Recording(Path(path))
        replayer = index(recording, match, ignored, tolerance)
        _say(f"replaying {path}, matched up to {match}")
        obeyed = ReplayAddonSettings(_known_secrets(), latency=latency, faults=faults)
        self._player = ReplayAddon(recording, replayer, self.notices, obeyed)
        return self._player

    def done(self) -> None:
        """Say what was served."""
        if self._player:
            _say_all(replay_summary(self._player.tally, faults=self._player.faulty))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"iai_tolerance {text} is no number") from None


def _reverse_targets() -> list[str]:
    """The targets of mitmproxy's reverse modes: whoever sets one up means it to be opened."""
    specs = [mode_specs.ProxyMode.parse(mode) for mode in ctx.options.mode]
    targets = [spec for spec in specs if isinstance(spec, mode_specs.ReverseMode)]
    return [rf"^{spec.address[0]}:{spec.address[1]}$".replace(".", r"\.") for spec in targets]


def _known_secrets() -> tuple[str, ...]:
    key = os.environ.get("IAI_API_KEY")
    return (key,) if key else ()


def _say(text: str) -> None:
    print(f"iai-proxy: {text}", file=sys.stderr, flush=True)


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        _say(line)
