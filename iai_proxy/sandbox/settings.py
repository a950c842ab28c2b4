"""How a sandbox behaves."""

from __future__ import annotations

from dataclasses import dataclass

from iai_proxy.api.faults import FaultRule


@dataclass(frozen=True)
class SandboxSettings:
    """Everything that can be set about a sandbox. Two servers with equal settings give equal answers."""

    seed: int = 0  # of what is drawn where a call gives no random_seed
    api_key: str | None = None  # any other key is answered 403; None lets everybody in
    latency_ms: float = 0.0  # added to every answer
    faults: tuple[FaultRule, ...] = ()
    gzip: bool = (
        False  # compress answers for clients that accept it; costs some milliseconds a call
    )
