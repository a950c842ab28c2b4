"""Recording and replaying for a block of code of this process: ``with iai_proxy.replaying("run.iairec"): …``."""

from __future__ import annotations

import logging
import os
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.client.authority import Authority, default_folder
from iai_proxy.errors import IaiProxyError
from iai_proxy.proxy import record, replay
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import ProxySpec
from iai_proxy.proxy.notices import Notices
from iai_proxy.proxy.replay_addon import SeenMiss
from iai_proxy.proxy.session import client_variables, mitmproxy_log
from iai_proxy.settings.listen import Address, Listening
from iai_proxy.settings.model import ProxySettings, RecordSettings, ReplaySettings, latency_factor
from iai_proxy.testing.network import check_sockets
from iai_proxy.testing.pointing import mock_api_is_used, pointed

logger = logging.getLogger("iai_proxy")

#: Where ``upstream`` names this, a stand-in for the API is started.
SANDBOX: Final = "sandbox"
_MOCK: Final = (
    "IAI_MOCK_API is set, or use_mock_api() was called: the SDK answers itself, and nothing is {}. "
    "Unset it; in a process that runs, invertedai.use_mock_api(False)"
)


class _Logged(Notices):
    """Notices for the log of the process. Misses are no warning there: whoever replays is told of them otherwise."""

    def __init__(self) -> None:
        super().__init__(_say)

    def once(self, key: str, text: str) -> None:
        """Log a notice, unless one with this key was logged before."""
        if not key.startswith("miss"):
            super().once(key, text)


class MissedError(IaiProxyError):
    """Calls were made that nothing recorded answers; its text is what the client was told."""

    exit_code = 1


@dataclass(frozen=True)
class Running:
    """A proxy that runs in this process, and what it has come to so far; may be read after its block as well.

    Attributes:
        path: the recording.
        mode: how it is used.
        proxy_url: where the proxy listens.
        ca_bundle: the roots that clients have to trust: the usual ones and ours.
    """

    path: Path
    mode: str
    proxy_url: str
    ca_bundle: Path
    _misses: Callable[[], tuple[SeenMiss, ...]] = field(repr=False)
    _served: Callable[[], Counter[str]] = field(repr=False)
    _recorded: Callable[[], int] = field(repr=False)

    @property
    def misses(self) -> tuple[SeenMiss, ...]:
        """The distinct misses, each with its ``sentence``, which the client got, and its ``count``."""
        return self._misses()

    @property
    def served(self) -> Counter[str]:
        """How many calls were answered from the recording, by level of matching."""
        return Counter(self._served())

    @property
    def recorded(self) -> int:
        """How many calls were recorded."""
        return self._recorded()


@contextmanager
def replaying(
    path: str | os.PathLike[str],
    *,
    match: str = "step",
    ignore: str | Iterable[str] = ("random_seed",),
    tolerance: float | None = None,
    until_step: int | None = None,
    latency: float | str | None = None,
    on_miss: str = "refuse",
    upstream: str | None = None,
    fail_on_miss: bool = False,
    ca_dir: str | os.PathLike[str] | None = None,
) -> Iterator[Running]:
    """Answer the calls of this process, and of its children, from a recording while the block runs.

    Args:
        path: the recording.
        match: loosest level of matching allowed.
        ignore: fields that make no difference from level ``seedless`` on.
        tolerance: at level ``step``, how far a state may be from the recorded one (m, rad, m/s).
        until_step: the last step that is answered from the recording; what follows goes to the API.
        latency: answers take as long as recorded, times this; ``"recorded"`` for 1; None for as
            fast as can be.
        on_miss: ``refuse``, ``forward`` or ``record`` what nothing recorded answers.
        upstream: where what goes to the API is sent instead: a URL, or ``"sandbox"`` to start a
            stand-in for it.
        fail_on_miss: raise at the end of the block if there was a miss.
        ca_dir: folder of our CA.

    Raises:
        InputError: the recording can't be read.
        UsageError: a setting means nothing, a proxy runs in this process already, or sockets are
            blocked.
        MissedError: there was a miss, and ``fail_on_miss`` is true.
    """
    live = on_miss != "refuse" or until_step is not None
    check_sockets(recording=live and upstream is None)
    with _upstream(upstream if live else None) as target:
        ignored = frozenset((ignore,) if isinstance(ignore, str) else ignore)
        factor = latency_factor(latency) if isinstance(latency, str) else latency
        settings = ReplaySettings(
            _settings(path, ca_dir),
            match,
            ignored,
            tolerance,
            on_miss,
            until_step,
            factor,
            upstream=target,
        )
        _warn_of_mock(settings.proxy, "replayed")
        with replay.opened_replay(settings, _Logged()) as opened:
            player = opened.player
            outcome = (
                (lambda: player.misses),
                (lambda: player.tally.served),
                (lambda: opened.appended),
            )
            spec = replay.proxy_spec(settings)
            with _running(
                settings.proxy, "replay", spec, opened.addons, opened.drained, outcome
            ) as running:
                yield running
    if fail_on_miss and running.misses:
        raise MissedError("\n".join(miss.sentence for miss in running.misses))


@contextmanager
def recording(
    path: str | os.PathLike[str],
    *,
    append: bool = False,
    upstream: str | None = None,
    ca_dir: str | os.PathLike[str] | None = None,
) -> Iterator[Running]:
    """Record the calls of this process, and of its children, while the block runs.

    Args:
        path: the recording.
        append: continue an existing recording; without it the file must not exist.
        upstream: where the calls go: a URL, ``"sandbox"`` to start a stand-in for the API, None for
            the API.
        ca_dir: folder of our CA.

    Raises:
        UsageError: the file is in the way, a proxy runs in this process already, or sockets are
            blocked.
        InputError: the file to continue is no recording.
        IaiProxyError: a call could not be recorded, and so was refused to the client.
    """
    check_sockets(recording=upstream is None)
    with _upstream(upstream) as target:
        settings = RecordSettings(_settings(path, ca_dir), append, target)
        _warn_of_mock(settings.proxy, "recorded")
        with record.opened_recorder(settings, _Logged()) as opened:
            outcome = tuple, Counter[str], (lambda: opened.writer.committed)
            spec = record.proxy_spec(settings)
            with _running(
                settings.proxy, "record", spec, opened.addons, opened.drained, outcome
            ) as running:
                yield running
    if opened.recorder.failed:
        raise IaiProxyError(
            f"{opened.recorder.failed} calls could not be recorded in {settings.proxy.recording}"
        )


_Outcome = tuple[Callable[[], tuple[SeenMiss, ...]], Callable[[], Counter[str]], Callable[[], int]]


@contextmanager
def _running(
    proxy: ProxySettings,
    mode: str,
    spec: ProxySpec,
    addons: Callable[[], Sequence[Any]],
    at_end: Callable[[], Awaitable[None]],
    outcome: _Outcome,
) -> Iterator[Running]:
    authority = Authority.ensure(proxy.ca_folder)
    with mitmproxy_log(_say, verbose=False), background_proxy(spec, addons, at_end) as bound:
        if bound.forward is None:
            raise RuntimeError("there is no forward listener")
        variables = client_variables(proxy, authority, bound.forward.url)
        with pointed(variables):
            bundle = Path(variables["REQUESTS_CA_BUNDLE"])
            yield Running(proxy.recording, mode, bound.forward.url, bundle, *outcome)


def _settings(path: str | os.PathLike[str], ca_dir: str | os.PathLike[str] | None) -> ProxySettings:
    folder = Path(ca_dir or os.environ.get("IAI_PROXY_CA_DIR") or default_folder())
    listening = Listening(Address("127.0.0.1", 0), None)
    return ProxySettings(Path(path), listening, folder, (), dict(os.environ))


@contextmanager
def _upstream(given: str | None) -> Iterator[Upstream | None]:
    if given == SANDBOX:
        from iai_proxy.sandbox.server import SandboxSettings, spawned_sandbox

        with spawned_sandbox(SandboxSettings()) as sandbox:
            yield Upstream.parse(sandbox.url)
    else:
        yield Upstream.parse(given) if given else None


def _warn_of_mock(proxy: ProxySettings, what: str) -> None:
    if environment.mock_api_is_on(proxy.environment) or mock_api_is_used():
        warnings.warn(_MOCK.format(what), stacklevel=4)


def _say(text: str) -> None:
    logger.warning("%s", text)
