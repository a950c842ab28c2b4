"""A run of 10,000 steps of 100 agents that is recorded: whether it stays as it begins.

It is measured once: the run itself is thousands of rounds. Client and upstream make each call's
numbers between two calls, as no one can keep 6.5 GB of them ready. A run of 1,000 steps comes
first. The client makes no pauses; what is left to be packed is packed afterwards, and the
recordings are kept for `scale`.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from statistics import median

from calling import Result, called
from figures import Rows
from limits import Limits
from processes import Proxy, Used, measured, running
from upstream import upstream
from ways import Ways

AGENTS = 100
LENGTHS, TINY = (1_000, 10_000), (10, 20)
#: What of the time is for calls; the rest is for packing what they leave.
_FOR_CALLS = 0.85


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("long_run"), Ways(folder)
    for length in TINY if tiny else LENGTHS:
        recording = recording_of(folder, length)
        result, watched, used = _recorded(made, recording, length, limits.left_s * _FOR_CALLS)
        if (count := len(result.seconds)) < length:
            limits.notes.append(
                f"The run of {length:,} calls was cut short after {count:,}: the time was over."
            )
        file_mb = recording.stat().st_size / 1e6
        pack = measured([sys.executable, "-m", "iai_proxy", "pack", str(recording)])
        packed = {"pack_s": pack.seconds, "packed_mb": recording.stat().st_size / 1e6}
        own = _course(result) | {"cpu_ms": used.cpu_s / result.made * 1e3, "stop_s": used.stop_s}
        found = result.figures | watched | own | {"file_mb": file_mb} | packed
        rows.add(found, way="record", calls=length)
    return rows


def _recorded(
    made: Ways, recording: Path, length: int, most_s: float
) -> tuple[Result, dict[str, float], Used]:
    folder = recording.parent
    with upstream(folder, agents=AGENTS) as up:
        way = made.record(up, recording)
        with running(way.command, way.port, folder / "log") as proxy:
            watch = Watch(proxy, recording)
            result = called(way.calls(agents=AGENTS, count=length, most_s=most_s))
            watched = watch.stop()
            return result, watched, proxy.stop()


def _course(result: Result) -> dict[str, float]:
    """How long calls took soon after the begin, and at the end."""
    count = len(result.seconds)
    some = max(1, count // 20)
    return {
        "made": count,
        "early_p50_ms": median(result.seconds[some : 2 * some] or result.seconds) * 1e3,
        "late_p50_ms": median(result.seconds[-some:]) * 1e3,
    }


def recording_of(folder: Path, length: int) -> Path:
    return folder / f"{length}.iairec"


class Watch(threading.Thread):
    """Looks once a second how much a proxy holds, in memory and on the disk."""

    def __init__(self, proxy: Proxy, recording: Path) -> None:
        super().__init__(daemon=True)
        self._proxy, self._files = proxy, (Path(f"{recording}-wal"), recording)
        self._ended = threading.Event()
        self._own, self._all, self._log, self._both = [0.0], [0.0], [0.0], [0.0]
        self.start()

    def run(self) -> None:
        while True:
            self._own.append(self._proxy.own_memory_mb())
            self._all.append(self._proxy.memory_mb())
            log, file = (
                path.stat().st_size / 1e6 if path.exists() else 0.0 for path in self._files
            )
            self._log.append(log)
            self._both.append(log + file)
            if self._ended.wait(1.0):
                break

    def stop(self) -> dict[str, float]:
        self._ended.set()
        self.join()
        highest = {"own_mb": self._own, "all_mb": self._all, "wal_mb": self._log}
        highest["disk_mb"] = self._both
        return {name: max(seen) for name, seen in highest.items()}
