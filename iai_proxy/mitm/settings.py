"""What can be set, apart from where it is set: the command line, addon options and files all end up here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iai_proxy.mitm.hosts import Upstream
from iai_proxy.mitm.listen import Listening


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
    """

    proxy: ProxySettings
    append: bool = False
    upstream: Upstream | None = None
    upstream_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """How to replay.

    Attributes:
        match: loosest level of matching allowed, one of :data:`iai_proxy.replay.LEVELS`.
        ignored: fields that make no difference from level ``seedless`` on.
        tolerance: at level ``step``, how far a state may be from the recorded one (m, rad, m/s).
    """

    proxy: ProxySettings
    match: str
    ignored: frozenset[str]
    tolerance: float = 0.0
