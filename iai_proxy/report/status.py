"""What a terminal shows while a proxy runs: one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iai_proxy.text import first_few, plural, size

#: How many simulations are named.
_SHOWN: Final = 3


def status_text(
    calls: int,
    failed: int,
    body_bytes: int,
    per_second: float,
    latency_ms: float | None,
    steps: Mapping[int, int],
    remarks: str = "",
) -> str:
    """Return how a run goes, the most telling first: the end may be cut off.

    Args:
        calls: how many have ended.
        failed: how many without success.
        body_bytes: of requests and answers.
        per_second: calls a second, lately.
        latency_ms: median, lately; None for no calls.
        steps: the last step of each simulation.
        remarks: what else counts, such as findings.
    """
    if not calls:
        return "waiting for the first call"
    pieces = [plural(calls, "call")]
    if failed:
        pieces.append(f"{failed} failed")
    if remarks:
        pieces.append(remarks)
    latest = sorted(steps.items(), reverse=True)
    if latest:
        pieces.append(first_few((f"sim {sim} step {step}" for sim, step in latest), _SHOWN))
    pieces.append(f"{per_second:.1f} calls/s")
    if latency_ms is not None:
        pieces.append(f"{latency_ms:.0f} ms")
    pieces.append(size(body_bytes))
    return " · ".join(pieces)
