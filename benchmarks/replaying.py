"""What an answer of a replay costs, against mitmproxy's server replay and mockttp.

``exact``    the recorded requests as they are, which is all that the other two can answer; mockttp
             looks them up in a map that was written for it (``peers/mockttp.mjs``)
``seedless`` other seeds
``step``     other seeds, and the agents in reverse order: the answer is put together anew

Recordings have 1,000 calls of 100 agents. A round makes some of them over TLS, one after the other
over one connection, then over eight. Each round of each way has a new proxy; the clock starts when
it has answered three calls of each connection.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bodies import Stored, store, store_changed
from calling import called
from figures import Rows
from limits import Limits
from processes import running
from recorded import all_called, packed
from upstream import upstream
from ways import Way, Ways, has_mockttp

AGENTS = 100
#: ``drive`` calls of the chain for one connection, and of each of eight.
COUNTS, TINY = (500, 62), (3, 1)
#: How many of them a round makes.
MADE = (250, 32)


class Files(NamedTuple):
    """The same calls for each player."""

    stored: Path
    recording: Path
    flows: Path


def files(made: Ways, folder: Path, *, tiny: bool) -> Files:
    """Return what is replayed; it is made once in a folder."""
    found = Files(folder / "replaying", folder / "replayed.iairec", folder / "replayed.flows")
    if not found.stored.exists():
        single, each = TINY if tiny else COUNTS
        store(found.stored, AGENTS, [single + 3, *[each + 3] * 8])
        with upstream(folder, stored=found.stored) as up:
            recorder = made.record(up, found.recording, "--no-check")
            all_called(recorder, found.stored, folder)
            packed(found.recording)
            all_called(made.mitmdump_w(up, found.flows), found.stored, folder)
    return found


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("replaying"), Ways(folder)
    stored, recording, flows = files(made, folder, tiny=tiny)
    counts = TINY if tiny else MADE
    changed = {"exact": stored}
    for level, change in (("seedless", "seed"), ("step", "order")):
        changed[level] = store_changed(folder / level, Stored(stored), change)
    with upstream(folder, stored=stored) as up:
        for _ in limits.rounds():
            _one_round(rows, made.server_replay(up, flows), "exact", stored, counts)
            if has_mockttp():
                _one_round(rows, made.mockttp_replay(up, stored), "exact", stored, counts)
            for level, requests in changed.items():
                _one_round(rows, made.replay(recording), level, requests, counts)
    return rows


def _one_round(rows: Rows, way: Way, level: str, stored: Path, counts: tuple[int, int]) -> None:
    same = level != "step"
    key = {"way": way.name, "level": level}
    log = stored.with_suffix(".log")
    with running(way.command, way.port, log) as proxy:
        before_s = proxy.cpu_s()
        single = called(way.calls(stored, chains=(0,), count=counts[0], compared=same))
        together = way.calls(stored, chains=tuple(range(1, 9)), count=counts[1], compared=same)
        eight = called(together)
        memory_mb = proxy.memory_mb()
        cpu_s = proxy.stop().cpu_s - before_s
    rows.add(single.figures, **key, mode="1 connection")
    rows.add(eight.figures, **key, mode="8 connections")
    cpu_ms = cpu_s / (single.made + eight.made) * 1e3
    rows.add({"cpu_ms": cpu_ms, "memory_mb": memory_mb}, **key, mode="all")
