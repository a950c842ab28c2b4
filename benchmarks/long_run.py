"""A run of 10,000 steps of 100 agents that is recorded: whether it stays as it begins.

It is measured once: the run itself is thousands of rounds. Client and upstream make each call's
numbers between two calls, as no one can keep 6.5 GB of them ready. ``mitmdump`` has the same calls,
1,000 of them. The client makes no pauses; what is left to be packed is packed afterwards, and the
recordings are kept for `scale`.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from statistics import median

from calling import called
from figures import Rows
from processes import Proxy, measured, running
from upstream import upstream
from ways import Ways

AGENTS = 100
LENGTHS, TINY = (1_000, 10_000), (10, 20)


def run(_rounds: int, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("long_run"), Ways(folder)
    lengths = TINY if tiny else LENGTHS
    with upstream(folder, agents=AGENTS) as up:
        way = made.mitmdump(up)
        with running(way.command, way.port, folder / "log"):
            result = called(way.calls(agents=AGENTS, count=lengths[0]))
            rows.add(result.figures, way="mitmdump", calls=lengths[0])
    for length in lengths:
        recording = recording_of(folder, length)
        with upstream(folder, agents=AGENTS) as up:
            way = made.record(up, recording)
            with running(way.command, way.port, folder / "log") as proxy:
                watch = Watch(proxy, recording)
                result = called(way.calls(agents=AGENTS, count=length))
                watched = watch.stop()
                used = proxy.stop()
        file_mb = recording.stat().st_size / 1e6
        pack = measured([sys.executable, "-m", "iai_proxy", "pack", str(recording)])
        some = max(1, length // 20)  # of the begin and of the end
        rows.add(
            result.figures
            | watched
            | {
                "early_p50_ms": median(result.seconds[some : 2 * some]) * 1e3,
                "late_p50_ms": median(result.seconds[-some:]) * 1e3,
                "cpu_ms": used.cpu_s / result.made * 1e3,
                "stop_s": used.stop_s,
                "file_mb": file_mb,
                "pack_s": pack.seconds,
                "packed_mb": recording.stat().st_size / 1e6,
            },
            way="record",
            calls=length,
        )
    return rows


def recording_of(folder: Path, length: int) -> Path:
    return folder / f"{length}.iairec"


class Watch(threading.Thread):
    """Looks once a second how much a proxy holds, in memory and in the write-ahead log."""

    def __init__(self, proxy: Proxy, recording: Path) -> None:
        super().__init__(daemon=True)
        self._proxy, self._wal = proxy, Path(f"{recording}-wal")
        self._ended = threading.Event()
        self._own, self._all, self._log = [0.0], [0.0], [0.0]
        self.start()

    def run(self) -> None:
        while True:
            self._own.append(self._proxy.own_memory_mb())
            self._all.append(self._proxy.memory_mb())
            self._log.append(self._wal.stat().st_size / 1e6 if self._wal.exists() else 0.0)
            if self._ended.wait(1.0):
                break

    def stop(self) -> dict[str, float]:
        self._ended.set()
        self.join()
        highest = {"own_mb": self._own, "all_mb": self._all, "wal_mb": self._log}
        return {name: max(seen) for name, seen in highest.items()}
