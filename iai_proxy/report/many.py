"""``iai-proxy show`` and ``verify`` of many recordings: a line each, then the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from iai_proxy.api.exchange import NS_PER_MS
from iai_proxy.recordings.reader import Recording
from iai_proxy.report.summary import verify_summary
from iai_proxy.text import encodable, plural, printable, size

#: The numbers of a recording, in the order of their columns.
_NUMBERS: Final = ("simulations", "steps", "agents", "calls", "failures")
#: A longer name pushes the other columns of its line to the right.
_WIDEST_NAME: Final = 60


def recording_row(
    name: str, recording: Recording, stored_bytes: int, note: str | None = None
) -> dict[str, Any]:
    """Return what the table says of a recording, as a JSON value.

    ``steps`` are those of all simulations, step 0 of each among them; ``agents`` are those of the
    largest step; ``length_s`` is the time from the first request to the last answer.

    Args:
        name: of the recording.
        recording: an open one.
        stored_bytes: how large it is, with its log.
        note: why all this may not be all of it; None if it is.

    Raises:
        InputError: the recording is damaged.
    """
    calls = list(recording.calls())
    simulations = recording.lineage(calls).simulations
    steps = [step for simulation in simulations for step in simulation.steps]
    first = min((call.started_ns for call in calls), default=None)
    last = max((call.ended_ns for call in calls), default=None)
    return {
        "file": encodable(name),
        "simulations": len(simulations),
        "steps": len(steps),
        "agents": max((len(step.agents) for step in steps), default=0),
        "calls": len(calls),
        "failures": sum(not call.succeeded for call in calls),
        "first_ns": first,
        "length_s": 0.0 if first is None or last is None else (last - first) / NS_PER_MS / 1000,
        "bytes": stored_bytes,
        "labels": recording.labels(),
        "note": note,
        "problem": None,
    }


def unread_row(name: str, problem: str) -> dict[str, Any]:
    """Return the row of a recording that can't be read."""
    unknown = dict.fromkeys((*_NUMBERS, "first_ns", "length_s", "bytes"))
    return {
        "file": encodable(name),
        **unknown,
        "labels": {},
        "note": None,
        "problem": encodable(problem),
    }


def recordings_text(rows: Iterable[dict[str, Any]], names: Sequence[str]) -> Iterator[str]:
    """Yield the table, a line as soon as its row is there, and the sums.

    Args:
        rows: as :func:`recording_row` and :func:`unread_row` return them.
        names: of all recordings.
    """
    width = min(max((len(printable(name)) for name in names), default=0), _WIDEST_NAME)
    sums = dict.fromkeys((*_NUMBERS, "length_s", "bytes"), 0)
    unread = 0
    for number, row in enumerate(rows):
        if number == 0:  # and not before it is known that there are some
            yield f"{'recording':<{width}}{_heads()}  labels"
        yield _line(row, width)
        unread += row["problem"] is not None
        for name in sums:
            sums[name] += row[name] or 0
    yield ""
    yield _total(len(names), unread, sums)


def verified_text(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield which recordings are intact, a line as soon as it is known, and how many.

    Args:
        found: what ``verify --json`` says of each; one without ``calls`` can't be read.
    """
    counts: Counter[str] = Counter()
    for facts in found:
        counts["all"] += 1
        problems = [(problem["place"], problem["message"]) for problem in facts["problems"]]
        if facts["calls"] is None:
            counts["unread"] += 1
            yield problems[0][1]
            continue
        counts["intact" if facts["whole"] else "damaged"] += 1
        yield from verify_summary(facts["file"], facts["calls"], problems)
    damaged = f", {counts['damaged']} damaged" if counts["damaged"] else ""
    unread = f", {counts['unread']} can't be read" if counts["unread"] else ""
    yield ""
    yield f"{plural(counts['all'], 'recording')}: {counts['intact']} intact{damaged}{unread}"


def _heads() -> str:
    return (
        f"{'sims':>6}{'steps':>8}{'agents':>8}{'calls':>8}{'failed':>8}{'length':>10}{'size':>10}"
    )


def _line(row: dict[str, Any], width: int) -> str:
    if row["problem"] is not None:
        return printable(row["problem"])  # which names it
    name = printable(row["file"])
    labels = ", ".join(f"{key}={value}" for key, value in row["labels"].items())
    note = f"  [{row['note']}]" if row["note"] else ""
    return (
        f"{name:<{width}}{row['simulations']:>6}{row['steps']:>8}{row['agents']:>8}"
        f"{row['calls']:>8}{row['failures']:>8}{_length(row['length_s']):>10}"
        f"{size(row['bytes']):>10}  {printable(labels)}{note}"
    ).rstrip()


def _total(count: int, unread: int, sums: dict[str, Any]) -> str:
    but = f"; {unread} can't be read" if unread else ""
    return (
        f"{plural(count, 'recording')}: {plural(sums['simulations'], 'simulation')}, "
        f"{plural(sums['steps'], 'step')}, {plural(sums['calls'], 'call')}, "
        f"{sums['failures']} failed, {_length(sums['length_s'])}, {size(sums['bytes'])}{but}"
    )


def _length(seconds: float) -> str:
    """Return a time as it is read at a glance: ``4.20 s``, ``3:25``, ``27:08:00``."""
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
