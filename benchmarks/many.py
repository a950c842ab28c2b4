"""Many recordings: in one process, in two, and on a Dask cluster of two workers.

    python benchmarks/many.py --recordings 200 1000 --agents 100 --steps 100
    python benchmarks/many.py --only killed

The recordings are copies of one that the proxy made, each with a label of its own. Each command is
run over all of them in each way, and what it says, or writes, must be the same. Then 200 of them
are put into a stand-in for S3 (moto's server), a cluster exports them as tables, and one of its
workers is killed in the middle: the tables must be those of one process.

CPU seconds and memory are those of all processes together: the command's own, and the scheduler and
the workers of the cluster. Memory that several processes share is counted once.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import hashlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from processes import Proxy, clean_environment, running
from recorded import packed, write_recording

from iai_proxy.recordings.labelling import change_labels

_LOOK_S = 0.2
_S3_OBJECTS = 200
_BUCKET = "team"
_COMMANDS = (
    ("show", "--json"),
    ("verify", "--json"),
    ("diagnose", "--format", "json"),
    ("export", "parquet"),
)


@dataclass(frozen=True)
class Used:
    """What a command and its cluster took.

    Attributes:
        said: what it printed.
        memory_mb: the most that all processes held at once.
    """

    said: bytes
    wall_s: float
    cpu_s: float
    memory_mb: float


@dataclass(frozen=True)
class Cluster:
    """A scheduler and a nanny with two workers."""

    address: str
    processes: tuple[Proxy, ...]

    def workers(self) -> list[psutil.Process]:
        nanny = self.processes[1].tree()[0]
        return [child for child in nanny.children() if "spawn_main" in " ".join(child.cmdline())]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recordings", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--commands", nargs="+", default=[command[0] for command in _COMMANDS])
    parser.add_argument("--only", choices=["ways", "killed"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="iai-proxy-many-") as name:
        folder = Path(name)
        made = write_recording(folder, given.steps + 1, given.agents)
        packed(made)  # on a busy machine the recorder had no time for all of it
        print(f"one recording: {made.stat().st_size / 1e6:.2f} MB")
        if given.only != "killed":
            for count in given.recordings:
                compare_ways(folder, copies(made, folder / str(count), count), given.commands)
                shutil.rmtree(folder / str(count))
        if given.only != "ways":
            kill_a_worker(folder, copies(made, folder / "s3", _S3_OBJECTS))


def copies(made: Path, folder: Path, count: int) -> Path:
    """Make recordings that differ in their label."""
    folder.mkdir()
    for number in range(count):
        path = folder / f"{number:05d}.iairec"
        shutil.copyfile(made, path)
        change_labels(path, {"run": str(number)})
    return folder


def compare_ways(folder: Path, recordings: Path, commands: Sequence[str]) -> None:
    """Run each command in each way, and print what it took."""
    count = len(list(recordings.iterdir()))
    print(
        f"\n{count} recordings, {sum(p.stat().st_size for p in recordings.iterdir()) / 1e6:.0f} MB"
    )
    print(f"{'':<18}{'':<8}{'wall s':>8}{'CPU s':>8}{'MB':>8}{'s each':>10}")
    with cluster(folder) as started:
        for command in (each for each in _COMMANDS if each[0] in commands):
            first: Used | None = None
            for way in ([], ["-j", "2"], ["--scheduler", started.address]):
                used = run(folder, [*command, str(recordings), *way], started)
                first = first or used
                assert used.said == first.said, (command, way)
                name = {"-j": "-j 2", "--scheduler": "Dask"}[way[0]] if way else "-j 1"
                print(
                    f"{' '.join(command[:2]):<18}{name:<8}{used.wall_s:>8.1f}{used.cpu_s:>8.1f}"
                    f"{used.memory_mb:>8.0f}{used.cpu_s / count:>10.4f}",
                    flush=True,
                )


def run(
    folder: Path, arguments: Sequence[str], on: Cluster, env: Mapping[str, str] | None = None
) -> Used:
    """Run a command to its end; what it exports counts as what it says."""
    exported = folder / "tables"
    shutil.rmtree(exported, ignore_errors=True)
    more = ["-o", str(exported)] if arguments[0] == "export" else []
    before = sum(each.cpu_s() for each in on.processes)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "iai_proxy", *arguments, *more]
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen(command, stdout=said, env={**clean_environment(), **(env or {})})
        most = [0.0]
        watching = threading.Thread(target=_watch, args=(process, on, most))
        watching.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.perf_counter() - begun
        watching.join()
        assert process.returncode == 0, (arguments, process.returncode)
        said.seek(0)
        text = said.read()
    cpu_s = usage.ru_utime + usage.ru_stime + sum(each.cpu_s() for each in on.processes) - before
    return Used(text + digest(exported), wall_s, cpu_s, most[0])


def _watch(process: subprocess.Popen[bytes], on: Cluster, most: list[float]) -> None:
    while process.returncode is None:
        with contextlib.suppress(psutil.Error):
            own = psutil.Process(process.pid)
            trees = [own, *own.children(recursive=True)]
            if on.address in " ".join(own.cmdline()):
                trees += [each for proxy in on.processes for each in proxy.tree()]
            most[0] = max(most[0], sum(_held(each) for each in trees))
        time.sleep(_LOOK_S)


def _held(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return process.memory_full_info().pss / 1e6
    return 0.0


def digest(exported: Path) -> bytes:
    """Return the names and hashes of all files that were exported."""
    files = sorted(path for path in exported.rglob("*") if path.is_file())
    lines = (
        f"{path.relative_to(exported)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in files
    )
    return "\n".join(lines).encode()


@contextlib.contextmanager
def cluster(folder: Path, **environment: str) -> Iterator[Cluster]:
    """Run a scheduler and two workers, as a user starts them."""
    port = _free_port()
    address = f"tcp://127.0.0.1:{port}"
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1"]
    with running(
        [*scheduler, "--port", str(port), "--dashboard-address", "127.0.0.1:0"],
        port,
        folder / "scheduler.log",
        **environment,
    ) as first:
        options = ["--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
        here = ["--local-directory", str(folder / "scratch")]
        second = Proxy([*worker, *options, *here], folder / "workers.log", **environment)
        try:
            yield Cluster(address, (first, second))
        finally:
            second.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def kill_a_worker(folder: Path, recordings: Path) -> None:
    """Export recordings from object storage while a worker of the cluster is killed."""
    with storage(recordings) as variables:
        variables["IAI_PROXY_CACHE_DIR"] = str(folder / "cache")
        url = f"s3://{_BUCKET}/runs/"
        apart = {**variables, "IAI_PROXY_CACHE_DIR": str(folder / "workers-cache")}
        with cluster(folder, **apart) as started:
            alone = run(folder, ["export", "parquet", url], started, variables)
            shutil.copytree(folder / "tables", folder / "alone")
            killing = threading.Timer(alone.wall_s / 4, _kill_one, args=(started,))
            killing.start()
            arguments = ["export", "parquet", url, "--scheduler", started.address]
            killed = run(folder, arguments, started, variables)
            killing.join()
    assert killed.said == alone.said, filecmp.dircmp(folder / "tables", folder / "alone").diff_files
    files = len(alone.said.splitlines())
    print(f"\n{_S3_OBJECTS} recordings in object storage: {files} files of tables, all the same")
    print(f"one process: {alone.wall_s:.1f} s; two workers, one killed: {killed.wall_s:.1f} s")


def _kill_one(on: Cluster) -> None:
    victim = on.workers()[0]
    print(f"killing worker {victim.pid}", flush=True)
    victim.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def storage(recordings: Path) -> Iterator[dict[str, str]]:
    """Put recordings into a stand-in for S3; gives the variables that lead there."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "stand-in",
        "AWS_SECRET_ACCESS_KEY": "stand-in",
        "AWS_REGION": "us-east-1",
    }
    try:
        client = boto3.client(
            "s3",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="stand-in",
            aws_secret_access_key="stand-in",
        )
        client.create_bucket(Bucket=_BUCKET)
        for path in sorted(recordings.iterdir()):
            client.upload_file(str(path), _BUCKET, f"runs/{path.name}")
        client.close()
        yield variables
    finally:
        server.stop()


if __name__ == "__main__":
    main()
