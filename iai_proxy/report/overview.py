"""``iai-proxy show``: a recording at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

from iai_proxy.api import FOR_MAPS, Call
from iai_proxy.text import cut_list, folded, moment, plural, printable, size


def overview(calls: Iterable[Call]) -> dict[str, Any]:
    """Return what a recording holds, as a JSON value.

    Times are in milliseconds unless their name says ``ns``; percentiles are by nearest rank.
    """
    durations: defaultdict[str, list[float]] = defaultdict(list)
    outcomes: Counter[str] = Counter()
    versions: Counter[str] = Counter()
    connections: set[str] = set()
    count = request_bytes = response_bytes = failed = 0
    first_ns: int | None = None
    last_ns: int | None = None
    for call in calls:
        count += 1
        durations[call.endpoint.value].append(call.duration_ms)
        outcomes[call.failure or f"status {call.status}"] += 1
        failed += not call.succeeded
        if call.sdk_version:
            versions[call.sdk_version] += 1
        if not call.connection.startswith(FOR_MAPS):  # over those no client called
            connections.add(call.connection)
        request_bytes += call.request_bytes
        response_bytes += call.response_bytes
        first_ns = call.started_ns if first_ns is None else min(first_ns, call.started_ns)
        last_ns = call.ended_ns if last_ns is None else max(last_ns, call.ended_ns)
    return {
        "calls": count,
        "failed": failed,
        "first_ns": first_ns,
        "last_ns": last_ns,
        "connections": len(connections),
        "request_bytes": request_bytes,
        "response_bytes": response_bytes,
        "sdk_versions": dict(versions),
        "outcomes": dict(outcomes),
        "endpoints": {name: _latency(found) for name, found in durations.items()},
    }


def overview_text(path: str, facts: dict[str, Any]) -> Iterator[str]:
    """Yield the facts of :func:`overview` for people, and those that are not of calls.

    Args:
        path: of the recording, as it is called.
        facts: they may have ``labels`` and ``uploaded``, the URL of its object
            then, with ``uploaded_ns``, and ``uploaded_before``, what it was before it changed.
    """
    connections = plural(facts["connections"], "connection")
    yield f"{path}: {plural(facts['calls'], 'call')} over {connections}"
    if labels := facts.get("labels"):
        named = ", ".join(f"{key}={value}" for key, value in labels.items())
        yield from folded(f"labels: {printable(named)}")
    if url := facts.get("uploaded"):
        yield from folded(f"uploaded: {moment(facts['uploaded_ns'])}, as {printable(url)}")
    if url := facts.get("uploaded_before"):
        yield from folded(f"changed since its upload: {printable(url)}")
    if not facts["calls"]:
        return
    yield f"from {moment(facts['first_ns'])} to {moment(facts['last_ns'])}"
    yield f"{size(facts['request_bytes'])} sent, {size(facts['response_bytes'])} received"
    yield f"SDK version: {cut_list(printable(', '.join(facts['sdk_versions']))) or 'not given'}"
    yield ""
    yield f"{'endpoint':<16}{'calls':>7}{'median ms':>12}{'95th ms':>10}{'max ms':>10}"
    for name, row in facts["endpoints"].items():
        yield (
            f"{name:<16}{row['calls']:>7}{row['median_ms']:>12.1f}"
            f"{row['p95_ms']:>10.1f}{row['max_ms']:>10.1f}"
        )
    if facts["failed"]:
        yield ""
        yield f"{plural(facts['failed'], 'call')} without success:"
        for outcome, count in facts["outcomes"].items():
            if not outcome.startswith("status 2"):
                yield from folded(f"  {count} x {printable(outcome)}", indent="      ")


def _latency(durations: list[float]) -> dict[str, float]:
    ordered = sorted(durations)
    return {
        "calls": len(ordered),
        "median_ms": _percentile(ordered, 50),
        "p95_ms": _percentile(ordered, 95),
        "max_ms": ordered[-1],
    }


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]
