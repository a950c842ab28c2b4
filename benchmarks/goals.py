"""What the figures should be, and whether they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import recording
import replaying
import scale
import tables
from figures import Key, Rows
from obstacles import obstacle

AGENTS = tuple(recording.COUNTS)
SINGLE, EIGHT = "1 connection", "8 connections"
LONG, SHORT = 10_000, 1_000
#: How many of a replay are measured in a round.
ANSWERS = replaying.MADE[0] + 8 * replaying.MADE[1]
Maybe = dict[str, float | None]


class Goal(NamedTuple):
    """One goal, with the figures that tell whether it is reached: all must keep the limit.

    Attributes:
        why: what stands in the way; "" where nothing is known for certain.
    """

    group: str
    name: str
    at_most: bool
    limit: float
    unit: str
    figures: Mapping[str, float]
    why: str = ""

    @property
    def is_reached(self) -> bool:
        return bool(self.figures) and all(
            figure <= self.limit if self.at_most else figure >= self.limit
            for figure in self.figures.values()
        )

    def sentence(self) -> str:
        """Say what was measured, and what stands in the way where that is too little."""
        bound = f"{'at most' if self.at_most else 'at least'} {shown(self.limit)}{self.unit}"
        if not self.figures:
            return f"Not measured: {self.name}, {bound}."
        found = ", ".join(
            f"{told_apart(figure, self.limit)}{self.unit}{f' ({label})' if label else ''}"
            for label, figure in self.figures.items()
        )
        verdict = "Reached" if self.is_reached else "**Not reached**"
        why = "" if self.is_reached else self.why
        return f"{verdict}: {self.name}, {bound}: {found}. {why}".rstrip()


def shown(figure: float) -> str:
    """Write a figure with as many digits as are worth reading."""
    if figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}".removesuffix(".0") if figure >= 10 else f"{figure:.2f}"


def told_apart(figure: float, limit: float) -> str:
    """Write a figure with as many digits as show on which side of a limit it is."""
    text = shown(figure)
    digits = len(text.partition(".")[2])
    while figure != limit and float(text.replace(",", "")) == limit and digits < 9:
        digits += 1
        text = f"{figure:,.{digits}f}"
    return text


def goals(found: Mapping[str, Rows]) -> list[Goal]:
    """Return all goals; those of benchmarks that did not run have no figures.

    Args:
        found: the rows of each benchmark that ran, by its name.
    """
    groups = (_recording, _replaying, _disk, _start, _scale, _tables)
    every = [goal for group in groups for goal in group(found)]
    return [goal._replace(why=obstacle(goal.name, found)) for goal in every]


def _recording(found: Mapping[str, Rows]) -> Iterator[Goal]:
    rows, loop, long = (_rows(found, name) for name in ("recording", "sdk_loop", "long_run"))

    def against_mitmdump(figure: str, mode: str, *, is_rate: bool = False) -> Maybe:
        ratios: Maybe = {}
        for agents in AGENTS:
            ours: Key = {"way": "record", "agents": agents, "mode": mode}
            pair = [ours, {**ours, "way": "mitmdump"}]
            ratio = rows.ratio(figure, *(pair[::-1] if is_rate else pair))
            ratios[f"{agents} agents" if agents > 1 else "1 agent"] = ratio
        return ratios

    goal = _in_group("Recording")
    single = against_mitmdump("p50_ms", SINGLE)
    yield goal("a call's median to bare `mitmdump`'s, 1 connection", "<=", 1.05, " x", single)
    eight = against_mitmdump("per_s", EIGHT, is_rate=True)
    yield goal("a call's time to bare `mitmdump`'s, 8 connections", "<=", 1.3, " x", eight)
    for mode in (SINGLE, EIGHT):
        high = against_mitmdump("p99_ms", mode)
        yield goal(f"its 99th percentile to `mitmdump`'s, {mode}", "<=", 2, " x", high)
    cpu = against_mitmdump("cpu_ms", "all")
    yield goal("a call's CPU to bare `mitmdump`'s, packing included", "<=", 1.3, " x", cpu)
    sdk = {"": loop.ratio("ms", {"way": "record"}, {"way": "direct"})}
    yield goal("the SDK's loop recorded, to direct TLS", "<=", 1.3, " x", sdk)
    key: Key = {"way": "record", "calls": LONG}
    flat = {_cut(long): _quotient(long, "late_p50_ms", "early_p50_ms", key)}
    name = f"median of the last twentieth of {LONG:,} calls to the second twentieth's"
    yield goal(name, "<=", 1.1, " x", flat)
    yield goal(f"memory up to call {LONG:,}", "<=", 150, " MB", _memory_of_recording(long))


def _memory_of_recording(long: Rows) -> Maybe:
    names = {"all_mb": "all its processes", "own_mb": "the proxy alone"}
    more = f", {_cut(long)}" if _cut(long) else ""
    return {
        label + more: long.median(figure, way="record", calls=LONG)
        for figure, label in names.items()
    }


def _cut(long: Rows) -> str:
    """Say of how many calls the long run was, where it was cut short; "" where it was not."""
    made = long.median("made", way="record", calls=LONG)
    return f"only {made:,.0f} calls" if made and made < LONG else ""


def _replaying(found: Mapping[str, Rows]) -> Iterator[Goal]:
    rows, loop, scales = (_rows(found, name) for name in ("replaying", "sdk_loop", "scale"))

    def against(peer: str, levels: Sequence[str]) -> Maybe:
        return {
            f"{level}, {mode}": rows.ratio(
                "per_s",
                {"way": "replay", "level": level, "mode": mode},
                {"way": peer, "level": "exact", "mode": mode},
            )
            for level in levels
            for mode in (SINGLE, EIGHT)
        }

    goal = _in_group("Replay")
    same = ("exact", "seedless")
    theirs = "mitmproxy's server replay"
    keyed = against("server replay", same)
    yield goal(f"`exact` and `seedless`, calls/s to {theirs}", ">=", 2.5, " x", keyed)
    yield goal("the same to mockttp", ">=", 1, " x", against("mockttp", same))
    steps = against("server replay", ["step"])
    yield goal(f"`step`, calls/s to {theirs}", ">=", 1.5, " x", steps)
    command = "replay, until it listens"
    memory = {
        f"{length:,} calls": scales.median("memory_mb", command=command, calls=length)
        for length in (SHORT, LONG)
    }
    memory |= {
        f"after {ANSWERS} answers, {level}": rows.median(
            "memory_mb", way="replay", level=level, mode="all"
        )
        for level in (*same, "step")
    }
    yield goal("memory", "<=", 150, " MB", memory)
    ready = {
        f"{length:,} calls": scales.median("seconds", command=command, calls=length)
        for length in (SHORT, LONG)
    }
    yield goal("from its start until it listens", "<=", 0.3, " s", ready)
    sdk = {"": loop.ratio("ms", {"way": "replay"}, {"way": "direct"})}
    yield goal("the SDK's loop replayed, to direct TLS", "<=", 1, " x", sdk)


def _disk(found: Mapping[str, Rows]) -> Iterator[Goal]:
    rows, goal = _rows(found, "disk"), _in_group("Disk")
    log = {"": rows.ratio("kb", {"what": "SDK run, recorded"}, {"what": "SDK run, its log"})}
    yield goal("a recording to the SDK's debug log of the same run", "<=", 0.1, " x", log)
    before = {"what": "calls, recorded without knowing the traffic"}
    bodies = {"": rows.ratio("kb", {"what": "calls, recorded"}, before)}
    yield goal("a recording to one that doesn't know the traffic", "<=", 0.2, " x", bodies)
    same = {"": rows.median("share", what="calls whose bytes come back")}
    yield goal("share of calls whose bytes come back", ">=", 1, "", same)


def _start(found: Mapping[str, Rows]) -> Iterator[Goal]:
    rows, long = _rows(found, "start"), _rows(found, "long_run")
    goal = _in_group("Start and stop")
    ratio = {"": rows.ratio("first_s", {"way": "record"}, {"way": "mitmdump"})}
    yield goal("`record` to the first call served, to `mitmdump`", "<=", 1.1, " x", ratio)
    first = {"": rows.median("first_s", way="replay")}
    yield goal(f"`replay` of {SHORT:,} calls to the first answer", "<=", 0.8, " s", first)
    stop = {_cut(long): long.median("stop_s", way="record", calls=LONG)}
    yield goal(f"`record` to its end after {LONG:,} calls", "<=", 1, " s", stop)


def _scale(found: Mapping[str, Rows]) -> Iterator[Goal]:
    rows, goal = _rows(found, "scale"), _in_group("Scale")
    commands = ("show", "diagnose", *(f"export {name}" for name in scale.EXPORTS))
    cut = _cut(_rows(found, "long_run"))
    more = f", {cut}" if cut else ""
    memory = {each + more: rows.median("memory_mb", command=each, calls=LONG) for each in commands}
    yield goal(f"peak memory at {LONG:,} steps of 100 agents", "<=", 200, " MB", memory)
    growth = {
        each + more: _quotient_of(
            rows.median("seconds", command=each, calls=LONG),
            rows.median("seconds", command=each, calls=SHORT),
        )
        for each in commands
    }
    yield goal(f"time at {LONG:,} steps to time at {SHORT:,}", "<=", 11, " x", growth)
    show = {cut: rows.median("seconds", command="show", calls=LONG)}
    yield goal(f"`show` at {LONG:,} steps", "<=", 1, " s", show)


def _tables(found: Mapping[str, Rows]) -> Iterator[Goal]:
    rows, goal = _rows(found, "tables"), _in_group("Tables")
    two: Key = {"way": "export parquet -j 2"}
    ms = rows.median("ms", **two)
    pace = {"": None if ms is None else ms * SHORT / 1e3}
    name = f"{SHORT:,} recordings of 100 agents and 100 steps at this pace, `-j 2`"
    yield goal(name, "<=", 60, " s", pace)
    memory = {"": rows.median("memory_mb", **two)}
    yield goal("memory of all its processes", "<=", 500, " MB", memory)
    log = {"": rows.ratio("cpu_ms", {"way": "export parquet -j 1"}, {"way": tables.LOGS})}
    yield goal("CPU to reading the SDK's log with Python's json", "<=", 0.2, " x", log)


def _in_group(group: str) -> Callable[[str, str, float, str, Maybe], Goal]:
    def goal(name: str, sign: str, limit: float, unit: str, figures: Maybe) -> Goal:
        known = {label: figure for label, figure in figures.items() if figure is not None}
        return Goal(group, name, sign == "<=", limit, unit, known)

    return goal


def _rows(found: Mapping[str, Rows], section: str) -> Rows:
    return found.get(section) or Rows(section)


def _quotient(rows: Rows, figure: str, to: str, key: Key) -> float | None:
    return _quotient_of(rows.median(figure, **key), rows.median(to, **key))


def _quotient_of(figure: float | None, to: float | None) -> float | None:
    return figure / to if figure is not None and to else None
