"""What a recorded call costs a client without think time, and what it costs the machine.

The ways take turns: ``direct`` TLS, bare ``mitmdump``, ``mitmdump -w``, ``record``, and with 100
agents also ``record --no-check`` and mockttp. Each round of each way has a new proxy. The client
makes calls one after the other over one connection, then over eight, then one each 25 ms. CPU is
that of the proxy's whole process tree, from the first call to its end, for all calls of the round.
A client without pauses leaves no time to pack: what is left then is packed by ``iai-proxy pack``,
whose CPU counts too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bodies import store
from calling import Result, called
from figures import Key, Rows
from limits import Limits
from processes import running
from recorded import packed
from upstream import Upstream, upstream
from ways import Way, Ways, has_mockttp

EVERY_S = 0.025
#: For each number of agents, how many calls over one connection, over each of eight, and paced.
COUNTS = {1: (150, 20, 20), 20: (100, 20, 20), 100: (100, 15, 30)}
TINY = {1: (3, 1, 1), 100: (3, 1, 1)}
#: A chain for one connection, eight for eight, and one for paced calls.
_SINGLE, _EIGHT, _PACED = (0,), tuple(range(1, 9)), (9,)
_Made = Callable[[Upstream, Path], Way]


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("recording"), Ways(folder)
    stored = {}
    for agents, counts in (TINY if tiny else COUNTS).items():
        single, each, paced = (count + 3 for count in counts)
        lengths = [single, *[each] * 8, paced]
        stored[agents] = store(folder / f"recording-{agents}", agents, lengths)
    for _ in limits.rounds():
        for agents, calls in stored.items():
            with upstream(folder, stored=calls) as up:
                for way in _ways(made, agents):
                    with tempfile.TemporaryDirectory(dir=folder) as name:
                        scratch = Path(name)
                        _one_round(rows, way(up, scratch), calls, agents, scratch)
    return rows


def _ways(made: Ways, agents: int) -> list[_Made]:
    found: list[_Made] = [
        lambda up, _: made.direct(up),
        lambda up, _: made.mitmdump(up),
        lambda up, scratch: made.mitmdump_w(up, scratch / "flows"),
        lambda up, scratch: made.record(up, _recording_in(scratch)),
    ]
    if agents == max(COUNTS):
        found.append(lambda up, scratch: made.record(up, _recording_in(scratch), "--no-check"))
        found += [lambda up, _: made.mockttp(up)] if has_mockttp() else []
    return found


def _one_round(rows: Rows, way: Way, stored: Path, agents: int, scratch: Path) -> None:
    key: Key = {"way": way.name, "agents": agents}
    if not way.command:
        for mode, result in _modes(way, stored):
            rows.add(result.figures, **key, mode=mode)
        return
    with running(way.command, way.port, scratch / "log") as proxy:
        before_s = proxy.cpu_s()
        results = dict(_modes(way, stored))
        memory_mb = proxy.memory_mb()
        cpu_s = proxy.stop().cpu_s - before_s
    if (recording := _recording_in(scratch)).exists():
        cpu_s += packed(recording)
    for mode, result in results.items():
        rows.add(result.figures, **key, mode=mode)
    count = sum(result.made for result in results.values())
    rows.add({"cpu_ms": cpu_s / count * 1e3, "memory_mb": memory_mb}, **key, mode="all")


def _recording_in(scratch: Path) -> Path:
    return scratch / "run.iairec"


def _modes(way: Way, stored: Path) -> Iterator[tuple[str, Result]]:
    yield "1 connection", called(way.calls(stored, chains=_SINGLE, compared=True))
    yield "8 connections", called(way.calls(stored, chains=_EIGHT, compared=True))
    yield "each 25 ms", called(way.calls(stored, chains=_PACED, every_s=EVERY_S, compared=True))
