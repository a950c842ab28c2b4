"""Hours of recording in some minutes: does it hold as much memory at the end as at the beginning?

    python benchmarks/soak.py MINUTES [-o FILE.json]

8 clients with 100 agents call again and again, two of them with the real SDK; each makes a call
every quarter of a second, and begins a new simulation every few minutes. `record` checks meanwhile.
Every minute it prints what each of its processes holds (resident memory, MB), and the size of the
write-ahead log. In the end the first third is compared with the last, and every call that was
answered must be in the recording. Ends with 1 if anything grows or is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil
from bodies import chain
from calling import Calls, Connection
from machine import machine, versions
from processes import Proxy, adopt_orphans, clean_environment, running
from upstream import upstream
from ways import Way, Ways

CLIENTS, OF_SDK, AGENTS = 8, 2, 100
#: A call of each client begins so many seconds after the one before, if that has ended.
EVERY_S = 0.25
#: Calls of a simulation.
STEPS = 500
LOOK_S = 2.0
#: Flat is what grows by no more than a tenth, and this much: an allocator's whims.
MOST_GROWTH, MOST_MORE_MB = 1.10, 8.0
SDK_LOOP = Path(__file__).parent / "soak_sdk.py"


class Look(NamedTuple):
    """What there is at one moment, in MB: each process of the recorder by name, and its files."""

    at_s: float
    held: Mapping[str, float]
    log: float
    file: float

    @property
    def figures(self) -> dict[str, float]:
        return {**self.held, "-wal": self.log}


def main() -> None:
    given = _given()
    adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="iai-proxy-soak-", dir=given.folder))
    try:
        found = soak(folder, given)
    finally:
        if not given.keep:
            shutil.rmtree(folder)
    given.output.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {given.output}")
    sys.exit(0 if found["is_flat"] and found["is_whole"] else 1)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("minutes", type=float)
    parser.add_argument("-o", "--output", type=Path, default=Path("soak.json"))
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--sdk", type=int, default=OF_SDK, help="how many of them use the SDK")
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--every", type=float, default=EVERY_S, metavar="SECONDS")
    parser.add_argument("--steps", type=int, default=STEPS, help="calls of a simulation")
    parser.add_argument("--folder", type=Path, help="where the recording is put meanwhile")
    parser.add_argument("--keep", action="store_true", help="keep the recording")
    return parser.parse_args()


def soak(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Record for the minutes that are asked for; returns what was found."""
    recording = folder / "soak.iairec"
    with upstream(folder, fresh=True, agents=given.agents) as up:
        made = Ways(folder)
        way = made.record(up, recording, "--check")
        with running(way.command, way.port, folder / "log") as proxy:
            watch = Watch(proxy, recording)
            answered = _called(way, given)
            looks = watch.stop()
            used = proxy.stop()
        print((folder / "log").read_text()[-2000:], file=sys.stderr)
    recorded = _recorded(recording)
    found = compared(looks)
    _say(found, answered, recorded)
    return {
        "minutes": given.minutes,
        "clients": given.clients,
        "of_them_sdk": given.sdk,
        "agents": given.agents,
        "machine": machine(),
        "versions": versions(),
        "answered": answered,
        "recorded": recorded,
        "cpu_ms_a_call": round(used.cpu_s / max(1, answered) * 1e3, 2),
        "file_mb": round(recording.stat().st_size / 1e6, 1) if given.keep else looks[-1].file,
        "is_whole": recorded >= answered > 0,
        "is_flat": all(third["is_flat"] for third in found.values()),
        "thirds": found,
        "minutes_seen": [look._asdict() for look in looks[:: max(1, int(60 / LOOK_S))]],
    }


def compared(looks: Sequence[Look]) -> dict[str, dict[str, Any]]:
    """Compare the first third with the last, by what was looked at; MB.

    The first minute, in which processes start, counts in no third if there are enough.
    """
    begun = [look for look in looks if look.at_s >= 60] if looks[-1].at_s > 180 else list(looks)
    size = max(1, len(begun) // 3)
    first, last = begun[:size], begun[-size:]
    names = dict.fromkeys(name for look in begun for name in look.figures)
    return {name: _growth(_seen(first, name), _seen(last, name)) for name in names}


def _seen(looks: Sequence[Look], name: str) -> list[float]:
    return [look.figures.get(name, 0.0) for look in looks]


def _growth(first: Sequence[float], last: Sequence[float]) -> dict[str, Any]:
    early, late = median(first), median(last)
    return {
        "first": round(early, 1),
        "last": round(late, 1),
        "most": round(max(*first, *last), 1),
        "is_flat": late <= early * MOST_GROWTH + MOST_MORE_MB,
    }


def _say(found: Mapping[str, Mapping[str, Any]], answered: int, recorded: int) -> None:
    for name, third in found.items():
        word = "flat" if third["is_flat"] else "GROWS"
        print(f"{name:<16} {third['first']:>7} MB in the first third, {third['last']:>7} in the")
        print(f"{'':<16} last: {word} (at most {third['most']} MB)")
    print(f"{answered:,} calls were answered, {recorded:,} are recorded")


class Watch(threading.Thread):
    """Looks again and again what a recorder holds, and prints it each minute."""

    def __init__(self, proxy: Proxy, recording: Path) -> None:
        super().__init__(daemon=True)
        self._proxy, self._recording = proxy, recording
        self._ended = threading.Event()
        self._looks: list[Look] = []
        self.start()

    def run(self) -> None:
        begun, printed = time.monotonic(), -1
        while not self._ended.wait(LOOK_S):
            at_s = time.monotonic() - begun
            look = Look(at_s, dict(self._held()), *self._files())
            self._looks.append(look)
            if int(at_s // 60) > printed:
                printed = int(at_s // 60)
                shown = "  ".join(f"{name} {mb:.0f}" for name, mb in look.figures.items())
                print(f"{printed:>4} min  {shown}  file {look.file:.0f}", flush=True)

    def stop(self) -> list[Look]:
        self._ended.set()
        self.join()
        return self._looks

    def _held(self) -> Iterator[tuple[str, float]]:
        for process in self._proxy.tree():
            with contextlib.suppress(psutil.Error):
                yield _name(process.cmdline()), round(process.memory_info().rss / 1e6, 1)

    def _files(self) -> Iterator[float]:
        for path in (Path(f"{self._recording}-wal"), self._recording):
            yield round(path.stat().st_size / 1e6, 1) if path.exists() else 0.0


def _name(command: Sequence[str]) -> str:
    """Name a process of ours: a child by the module that it runs."""
    module = next((each for each in command if each.startswith("iai_proxy.")), "")
    if module != "iai_proxy.child_process":
        return "record"
    return command[command.index(module) + 1].rpartition(".")[2]


def _called(way: Way, given: argparse.Namespace) -> int:
    """Have all clients call until the time is over; returns how many calls were answered."""
    plain = [
        Client(way.calls(), number, given) for number in range(1, given.clients - given.sdk + 1)
    ]
    of_sdk = [_sdk(way, given) for _ in range(given.sdk)]
    answered = sum(_answered(client) for client in of_sdk)
    for client in plain:
        client.join()
    if failed := [client.failure for client in plain if client.failure]:
        raise RuntimeError(f"a client failed: {failed[0]!r}")
    return answered + sum(client.made for client in plain)


def _sdk(way: Way, given: argparse.Namespace) -> subprocess.Popen[str]:
    proxy = f"http://127.0.0.1:{way.port}"
    trust = {"HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": str(way.roots), "IAI_API_KEY": "none"}
    counts = map(str, (given.agents, given.steps, given.every, given.minutes * 60))
    return subprocess.Popen(
        [sys.executable, str(SDK_LOOP), *counts],
        env={**clean_environment(), **trust},
        stdout=subprocess.PIPE,
        text=True,
    )


def _answered(client: subprocess.Popen[str]) -> int:
    said, _ = client.communicate()
    if client.returncode:
        raise RuntimeError(f"the SDK's loop ended with {client.returncode}")
    return int(said.split()[-1])


class Client(threading.Thread):
    """Calls over one connection, a simulation after the other."""

    def __init__(self, calls: Calls, number: int, given: argparse.Namespace) -> None:
        super().__init__(daemon=True)
        self._calls, self._number, self._given = calls, number, given
        self.made = 0
        self.failure: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._run(Connection(self._calls, ssl.create_default_context(cafile=self._calls.roots)))
        except (OSError, RuntimeError) as error:
            self.failure = error

    def _run(self, connection: Connection) -> None:
        begun, seconds = time.monotonic(), self._given.minutes * 60
        for seed in range(self._number * 1_000_000, (self._number + 1) * 1_000_000):
            for step, call in enumerate(islice(chain(seed, self._given.agents), self._given.steps)):
                due = begun + self.made * self._given.every
                time.sleep(max(0.0, due - time.monotonic()))
                if time.monotonic() - begun > seconds:
                    connection.close()
                    return
                connection.ask(call.endpoint, call.request, f"{seed}/{step}")
                self.made += 1


def _recorded(recording: Path) -> int:
    with contextlib.closing(sqlite3.connect(recording)) as opened:
        (count,) = opened.execute("SELECT count(*) FROM exchange").fetchone()
    return int(count)


if __name__ == "__main__":
    main()
