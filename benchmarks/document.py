"""Writes `docs/benchmarks.md` and its picture from the results of a run.

python benchmarks/document.py    from benchmarks/results, as `make bench` does at its end
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import recording
import tables
from chart import Bar, Panel, drawn
from figures import Key, Rows, read
from goals import EIGHT, LONG, SHORT, SINGLE, goals, shown
from scale import EXPORTS

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
PAGE, PICTURE = ROOT / "docs/benchmarks.md", ROOT / "docs/pictures/benchmarks.svg"
_Found = Mapping[str, Rows]


def main() -> None:
    found: dict[str, Rows] = {}
    facts: dict[str, Any] = {}
    for path in sorted(RESULTS.glob("*.json")):
        found[path.stem], facts = read(path)
    write(found, facts)


def write(
    found: _Found, facts: Mapping[str, Any], *, page: Path = PAGE, picture: Path = PICTURE
) -> None:
    """Write the page and its picture; what was not measured is not in them."""
    picture.write_text(drawn(list(_panels(found))))
    page.write_text("\n".join(_page(found, facts)))


def _page(found: _Found, facts: Mapping[str, Any]) -> Iterable[str]:
    yield "# Benchmarks\n"
    yield from INTRODUCTION.splitlines()
    shown_in = "time of a recorded call, calls/s of a replay, kB a call on the disk"
    yield f"\n![{shown_in}]({PICTURE.relative_to(PAGE.parent)})"
    yield "\n## Goals\n"
    for group, members in groupby(goals(found), lambda goal: goal.group):
        yield f"{group}:\n"
        yield from (f"- {goal.sentence()}" for goal in members)
        yield ""
    for title, text, table, rows in _tables(found):
        yield f"## {title}\n\n{text}\n"
        yield from table
        yield f"\n{_rounds(rows)}\n"
    yield "## Machine and versions\n"
    named = {**facts["machine"], **facts["versions"]}
    yield from _table(("", ""), list(named.items()))
    yield ""


INTRODUCTION = """\
`make bench` measures all of this in 12 minutes and writes this page; `ONLY` chooses among the
benchmarks. The ways take turns, round by round; under each table stands how many rounds it had.
Figures are medians over the rounds. A ratio is the median of the rounds' own quotients, which need
not be the quotient of two medians. Another machine has other times; the ratios are what to compare.

The calls are chained: each request holds the recurrent states of the last answer, 152 float32 an
agent, printed as doubles, new in each call; 100 agents are 330 kB a request and 309 kB an answer.
The upstream speaks TLS and does not think, nor does the client. Client, upstream and proxy are
processes of their own, and share the machine's cores."""


def _rounds(rows: Rows) -> str:
    how_often = f"{rows.rounds} rounds" if rows.rounds > 1 else "1 round"
    measured = "" if rows.section in {"long_run", "scale", "disk"} else f"{how_often}."
    return " ".join([*filter(None, [measured]), *rows.notes]) or "Measured once."


def _tables(found: _Found) -> Iterable[tuple[str, str, Iterable[str], Rows]]:
    if rows := found.get("recording"):
        for agents in recording.COUNTS:
            title = f"Recording, {agents} agent{'s' * (agents > 1)}"
            yield title, RECORDING, _recording(rows, agents), rows
    others = {
        "replaying": ("Replay", REPLAYING, _replaying),
        "sdk_loop": ("The SDK's loop", SDK_LOOP, _sdk_loop),
        "disk": ("Disk", DISK, _disk),
        "start": ("Start", START, _start),
        "long_run": ("A long run", LONG_RUN, _long_run),
        "scale": ("Scale", SCALE, _scale),
        "tables": ("Tables", TABLES, _tabled),
    }
    for section, (title, text, table) in others.items():
        if rows := found.get(section):
            yield title, text, table(rows), rows


RECORDING = """\
In brackets: the ratio to bare `mitmdump`. CPU is that of all processes of the proxy, from the first
call to its end and, where calls are left to be packed, of `iai-proxy pack`, over all calls; memory
is what they held after the last call."""
REPLAYING = """\
100 agents; in brackets: the ratio to mitmproxy's server replay. It and mockttp, whose map was
written for this, find a request only if it is the recorded one (`exact`)."""
SDK_LOOP = """\
100 agents, 50 steps, without import and `initialize`; in brackets: the ratio to direct TLS. The
loop with the SDK's own log, whose time grows with the square of the steps, is measured in the first
round alone, and so is compared with that round."""
DISK = """\
kB a call of 100 agents. The SDK's run has 50 steps; it was recorded while the SDK wrote its own
debug log. In brackets: the ratio to that log, or to what the same calls took in format 2, which
packed each body alone (zstd, level 3), observations and keys included. The client of these calls
makes no pauses, so that `record` has little time to pack: `iai-proxy pack` does the rest."""
START = """\
Seconds from the start of the command until it listens, and until a client has its first answer.
Replays have 1,000 calls of 100 agents."""
LONG_RUN = """\
100 agents, each run once. Client and upstream make the numbers of each call between two calls.
`first` and `last` are medians of the second and of the last twentieth of all calls. Memory,
write-ahead log, and log and file together are the most that was seen. What a client without pauses
left to be packed is packed afterwards."""
SCALE = """\
The packed recordings of the long run; seconds, and the peak of memory. `show` and `replay` are
medians of three, the others were measured once. The last row is what reading and parsing every body
takes."""

TABLES = """\
Recordings of 100 agents and 100 steps, each a file of its own. Memory is the most that all
processes held together; what they share counts in each. The SDK's log is read with Python's json
into the columns of `agents` alone; `export parquet` makes all tables, findings included."""


def _recording(rows: Rows, agents: int) -> Iterable[str]:
    columns = {
        "p50 ms": ("p50_ms", SINGLE),
        "p99 ms": ("p99_ms", SINGLE),
        "8 connections, calls/s": ("per_s", EIGHT),
        "a call each 25 ms, p50 ms": ("p50_ms", "each 25 ms"),
        "CPU ms": ("cpu_ms", "all"),
        "MB": ("memory_mb", "all"),
    }
    ways = ("direct", "mitmdump", "mitmdump -w", "mockttp", "record", "record --no-check")
    keys: list[Key] = [{"way": way, "agents": agents} for way in ways]
    return _compared(rows, columns, keys, {"way": "mitmdump", "agents": agents}, "way")


def _replaying(rows: Rows) -> Iterable[str]:
    columns = {
        "p50 ms": ("p50_ms", SINGLE),
        "p99 ms": ("p99_ms", SINGLE),
        "calls/s": ("per_s", SINGLE),
        "8 connections, calls/s": ("per_s", EIGHT),
        "CPU ms": ("cpu_ms", "all"),
        "MB": ("memory_mb", "all"),
    }
    bare: Key = {"way": "server replay", "level": "exact"}
    keys: list[Key] = [bare, {"way": "mockttp", "level": "exact"}]
    keys += [{"way": "replay", "level": level} for level in ("exact", "seedless", "step")]
    return _compared(rows, columns, keys, bare, "way", "level")


def _compared(
    rows: Rows,
    columns: Mapping[str, tuple[str, str]],
    keys: Sequence[Mapping[str, str | int]],
    bare: Mapping[str, str | int],
    *named: str,
) -> Iterable[str]:
    """Make a table of figures, each with its ratio to that of one of the ways."""
    lines = []
    for key in keys:
        cells = []
        for figure, mode in columns.values():
            mine: Key = {**key, "mode": mode}
            found = rows.median(figure, **mine)
            cells.append(_with_ratio(found, rows.ratio(figure, mine, {**bare, "mode": mode})))
        if any(cells):
            lines.append((" ".join(f"`{key[name]}`" for name in named), *cells))
    return _table((" ".join(named), *columns), lines)


def _sdk_loop(rows: Rows) -> Iterable[str]:
    ways = ("direct", "mitmdump -w", "record", "replay", "the SDK's log")
    bare = {"way": "direct"}
    lines = [(way, _of(rows, "ms", {"way": way}, bare)) for way in ways]
    return _table(("way", "ms a step"), lines)


def _disk(rows: Rows) -> Iterable[str]:
    groups = {
        "SDK run, its log": ("SDK run, its log", "SDK run, recorded"),
        "calls, recorded without knowing the traffic": (
            "calls, as they are",
            "calls, zstd of each body",
            "calls, recorded without knowing the traffic",
            "calls, as `record` leaves them",
            "calls, recorded",
        ),
    }
    lines = [
        (what, _of(rows, "kb", {"what": what}, {"what": bare}))
        for bare, members in groups.items()
        for what in members
    ]
    return _table(("what", "kB a call"), lines)


def _start(rows: Rows) -> Iterable[str]:
    lines = []
    for bare, members in {
        "mitmdump": ("mitmdump", "record"),
        "server replay": ("server replay", "mockttp", "replay"),
    }.items():
        for way in members:
            pairs = [
                _of(rows, name, {"way": way}, {"way": bare}) for name in ("ready_s", "first_s")
            ]
            if any(pairs):
                lines.append((f"`{way}`", *pairs))
    return _table(("command", "listens, s", "first answer, s"), lines)


def _long_run(rows: Rows) -> Iterable[str]:
    columns = {
        "p50 ms": "p50_ms",
        "first": "early_p50_ms",
        "last": "late_p50_ms",
        "p99 ms": "p99_ms",
        "CPU ms": "cpu_ms",
        "MB, proxy": "own_mb",
        "MB, all its processes": "all_mb",
        "write-ahead log MB": "wal_mb",
        "with the file MB": "disk_mb",
        "stops in s": "stop_s",
        "file MB": "file_mb",
        "`iai-proxy pack`, s": "pack_s",
        "file MB then": "packed_mb",
    }
    lines = []
    for calls in (SHORT, LONG):
        made = rows.median("made", way="record", calls=calls)
        cells = [_cell(rows.median(name, way="record", calls=calls)) for name in columns.values()]
        if made:
            lines.append((f"{made:,.0f}", *cells))
    return _table(("calls", *columns), lines)


def _tabled(rows: Rows) -> Iterable[str]:
    ways = [*(f"export parquet -j {jobs}" for jobs in tables.JOBS), tables.LOGS]
    columns = ("ms", "cpu_ms", "memory_mb")
    bare: Key = {"way": tables.LOGS}
    lines = [(way, *(_of(rows, name, {"way": way}, bare) for name in columns)) for way in ways]
    return _table(("way", "ms a recording", "CPU ms", "MB"), lines)


def _scale(rows: Rows) -> Iterable[str]:
    commands = ("show", "diagnose", *(f"export {name}" for name in EXPORTS))
    lines = []
    for command in (*commands, "replay, until it listens", "parse all bodies"):
        keys: list[Key] = [{"command": command, "calls": calls} for calls in (SHORT, LONG)]
        found = [
            _cell(rows.median(name, **key)) for name in ("seconds", "memory_mb") for key in keys
        ]
        growth = rows.ratio("seconds", keys[1], keys[0])
        lines.append((command, *found[:2], _cell(growth), *found[2:]))
    columns = ("1,000 steps, s", "10,000 steps, s", "ratio", "1,000 steps, MB", "10,000 steps, MB")
    return _table(("command", *columns), lines)


def _of(rows: Rows, figure: str, key: Key, bare: Key) -> str:
    return _with_ratio(rows.median(figure, **key), rows.ratio(figure, key, bare))


def _with_ratio(figure: float | None, ratio: float | None) -> str:
    return _cell(figure) + (f" ({ratio:.2f})" if ratio is not None else "")


def _cell(figure: float | None) -> str:
    return shown(figure) if figure is not None else ""


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for line in lines:
        yield f"| {' | '.join(line)} |"


def _panels(found: _Found) -> Iterable[Panel]:
    """Return what the picture shows; a panel needs its benchmark."""
    if rows := found.get("recording"):
        key: Key = {"agents": 100, "mode": SINGLE}
        ways = ("direct", "mitmdump", "mitmdump -w", "mockttp", "record")
        bars = [(way, rows.median("p50_ms", **key, way=way)) for way in ways]
        yield _panel("A call of 100 agents through a proxy, ms", bars)
    if rows := found.get("replaying"):
        names = {"server replay": "exact", "mockttp": "exact"}
        pairs = [*names.items(), *(("replay", level) for level in ("exact", "seedless", "step"))]
        bars = [
            (f"{way}, {level}", rows.median("per_s", way=way, level=level, mode=EIGHT))
            for way, level in pairs
        ]
        yield _panel("Replayed calls of 100 agents, calls/s over 8 connections", bars)
    if rows := found.get("disk"):
        kept = ("SDK run, its log", "SDK run, recorded")
        bars = [(what, rows.median("kb", what=what)) for what in kept]
        yield _panel("A step of the SDK's loop on the disk, kB", bars)


def _panel(title: str, bars: Iterable[tuple[str, float | None]]) -> Panel:
    return Panel(
        title,
        [
            Bar(name, figure, shown(figure), name.startswith(("record", "replay", "SDK run, r")))
            for name, figure in bars
            if figure is not None
        ],
    )


if __name__ == "__main__":
    main()
