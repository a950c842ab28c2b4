"""An offline replay connects to nothing: as the kernel sees it, and as Python's audit hooks do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import write_recording  # type: ignore[import-not-found]
from support.cli import Cli
from support.tries import Tries

REPLAY = (
    "replay", "run.iairec", "--ready-file", "ready.json", "--listen", "127.0.0.1:0",
    "--reverse-listen", "127.0.0.1:0",
)  # fmt: skip
#: Ends a process at the first try to reach anything. To listen, addresses are looked up as well.
AUDITED = """
import os, runpy, sys
def look(event, args):
    is_look_up = event == "socket.getaddrinfo" and args[0] not in ("127.0.0.1", b"127.0.0.1")
    if is_look_up or event in ("socket.connect", "socket.sendto", "socket.gethostbyname"):
        sys.stderr.write(f"TRIED {event} {args[-1]!r}\\n")
        sys.stderr.flush()
        os._exit(99)
sys.addaudithook(look)
runpy.run_module("iai_proxy", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def run(cli: Cli) -> Cli:
    write_recording(cli.folder / "run.iairec", mistakes.run(steps=3))
    return cli


def served(run: Cli, count: int, *command: str) -> None:
    """Have a replay serve requests, where the machine allows in a network without a route."""
    without_route = ["unshare", "-rn"] if may("unshare", "-rn", "true") else []
    done = subprocess.run(
        [*without_route, sys.executable, "-m", "support.no_route", str(count), *command],
        cwd=run.folder,
        env={**run.environment, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "TRIED" not in done.stderr, done.stderr
    assert done.stdout == f"{count} 0\n", done.stderr


def may(*command: str) -> bool:
    """Whether the machine has a program, and lets it do this."""
    has = shutil.which(command[0]) is not None
    return has and subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.xdist_group("no connection")
def test_an_offline_replay_tries_no_connection(run: Cli, tries: Tries) -> None:
    count = tries.rounds(usual=60, soak=2000)
    served(run, count, sys.executable, "-c", AUDITED, *REPLAY)
    tries.note("no connection", count)


@pytest.mark.xdist_group("no connection")
@pytest.mark.skipif(not may("strace", "-f", "true"), reason="no strace, or it may not trace")
def test_the_kernel_sees_no_connection_of_an_offline_replay(
    run: Cli, tries: Tries, tmp_path: Path
) -> None:
    count, trace = tries.rounds(usual=30, soak=1000), tmp_path / "trace"
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    strace = ("strace", "-f", "-qq", "-e", calls, "-o", str(trace))
    served(run, count, *strace, sys.executable, "-m", "iai_proxy", *REPLAY)
    reached = re.compile(r"connect\(.*AF_INET|sin_addr|sin6_addr")
    assert [line for line in trace.read_text().splitlines() if reached.search(line)] == []
    tries.note("no connection", count)


def test_the_watch_notices_a_connection(run: Cli) -> None:
    program = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    (run.folder / "iai_proxy.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-c", AUDITED], cwd=run.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 99
    assert "TRIED socket.connect" in done.stderr
