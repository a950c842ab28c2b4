"""What can be set, apart from where it is set: the command line, addon options and files all end up here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iai_proxy.api import DEFAULT_IGNORED
from iai_proxy.api.faults import FaultRule
from iai_proxy.api.hosts import Upstream
from iai_proxy.diagnosis.check import Check
from iai_proxy.errors import UsageError
from iai_proxy.replay import LEVELS
from iai_proxy.settings.listen import Listening

_ON_MISS: Final = ("refuse", "forward", "record")


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """What recording and replaying have in common.

    Attributes:
        recording: the file written or read.
        listening: where the proxy listens.
        ca_folder: where the certificate authority is kept.
        client: the client command to run; empty for a proxy that runs until it is stopped.
        environment: the environment that the client command starts from.
        verbose: show mitmproxy's own log.
    """

    recording: Path
    listening: Listening
    ca_folder: Path
    client: tuple[str, ...]
    environment: Mapping[str, str]
    verbose: bool = False

    @property
    def known_secrets(self) -> tuple[str, ...]:
        """Secrets known before any call: the key that the SDK takes from the environment, the proxy's password."""
        key = self.environment.get("IAI_API_KEY")
        password = (self.listening.password or "").partition(":")[2]
        return tuple(secret for secret in (key, password) if secret)


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """How to record.

    Attributes:
        append: continue an existing recording.
        upstream: where what is meant for the API goes; None for where the client sends it.
        upstream_ca: roots to check the upstream's certificate against; None for the usual ones.
        checks: what to look for in the client's calls while they come in.
        egos: indices of the agents that the client drives itself; None to infer them.
    """

    proxy: ProxySettings
    append: bool = False
    upstream: Upstream | None = None
    upstream_ca: Path | None = None
    checks: tuple[type[Check], ...] = ()
    egos: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """How to replay.

    Attributes:
        match: loosest level of matching allowed, one of :data:`iai_proxy.replay.LEVELS`.
        ignored: fields that make no difference from level ``seedless`` on.
        tolerance: how far a state may be from the recorded one (m, rad, m/s); None for the level's
            own: not at all at ``step``, any distance at ``nearest``.
        on_miss: ``refuse``; ``forward`` to the API; or ``record``: forward, and append what came to
            the recording.
        until_step: the last step that is answered from the recording; None for all.
        latency: answers take as long as recorded, times this; None for as fast as can be.
        faults: what goes wrong, and when.
        upstream: where a call for the API goes; None for where the client sends it.
        upstream_ca: roots to check the upstream's certificate against; None for the usual ones.
    """

    proxy: ProxySettings
    match: str = "step"
    ignored: frozenset[str] = DEFAULT_IGNORED
    tolerance: float | None = None
    on_miss: str = "refuse"
    until_step: int | None = None
    latency: float | None = None
    faults: tuple[FaultRule, ...] = ()
    upstream: Upstream | None = None
    upstream_ca: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what means nothing, wherever it was set."""
        for name, given, known in (
            ("match", self.match, LEVELS),
            ("on_miss", self.on_miss, _ON_MISS),
        ):
            if given not in known:
                raise UsageError(f"{name} {given!r} is none of {', '.join(known)}")
        for name, number in (
            ("tolerance", self.tolerance),
            ("until_step", self.until_step),
            ("latency", self.latency),
        ):
            if number is not None and not (
                isinstance(number, int | float) and 0 <= number < math.inf
            ):
                raise UsageError(f"{name} {number!r} is no number from 0")

    @property
    def offline(self) -> bool:
        """Whether nothing at all may reach the network."""
        return self.on_miss == "refuse" and self.until_step is None


def latency_factor(text: str) -> float | None:
    """Read ``none``, ``recorded`` or a factor.

    Raises:
        UsageError: it is none of these.
    """
    if text == "none":
        return None
    if text == "recorded":
        return 1.0
    try:
        factor = float(text)
    except ValueError:
        factor = -1.0
    if not 0 <= factor < math.inf:
        raise UsageError(f"--latency {text} is neither none nor recorded nor a factor such as 0.5")
    return factor
