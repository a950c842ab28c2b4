"""The wrapped client: its exit code is what a shell would give."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from iai_proxy.client.process import ClientNotStartedError, run_client

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """A client that has ended leaves these ignored, since its proxy is about to end too."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def code_of(*command: str) -> int:
    return asyncio.run(run_client(command, os.environ))


@pytest.mark.parametrize(
    ("script", "code"), [("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143)]
)
def test_the_exit_code_of_a_signal_is_128_and_its_number(script: str, code: int) -> None:
    assert code_of("sh", "-c", script) == code


@pytest.mark.parametrize(("command", "code"), [("no-such-command", 127), ("/dev/null", 126)])
def test_a_command_that_can_not_run_has_the_shells_codes(command: str, code: int) -> None:
    with pytest.raises(ClientNotStartedError, match=command) as refused:
        code_of(command)
    assert refused.value.exit_code == code


def test_a_script_whose_interpreter_is_missing_is_not_a_missing_command(tmp_path: Path) -> None:
    script = tmp_path / "client"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(ClientNotStartedError, match="interpreter in its first line") as refused:
        code_of(str(script))
    assert refused.value.exit_code == 126


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_comes_while_the_client_starts_is_the_clients(number: int) -> None:
    async def stopped_at_once() -> int:
        running = asyncio.create_task(run_client(["sleep", "60"], os.environ))
        await asyncio.sleep(0)  # the client is being started, and is not known to have
        os.kill(os.getpid(), number)
        return await running

    assert asyncio.run(stopped_at_once()) == 128 + number


COUNTING = """
import signal, sys, time
got = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda n, _: got.append(n))
open(sys.argv[1], "w").close()
until = None
while until is None or time.monotonic() < until:
    time.sleep(0.05)
    if got and until is None:
        until = time.monotonic() + 1
sys.exit(len(got))
"""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("to_all", [True, False])
def test_a_signal_reaches_the_client_once(tmp_path: Path, number: int, to_all: bool) -> None:
    started = tmp_path / "started"
    runner = (
        "import asyncio, os, sys; from iai_proxy.client.process import run_client; "
        "sys.exit(asyncio.run(run_client([sys.executable, '-c', *sys.argv[1:]], os.environ)))"
    )
    command = [sys.executable, "-c", runner, COUNTING, str(started)]
    with subprocess.Popen(command, process_group=0) as process:
        _wait_for(started.exists)
        _wait_for(lambda: len(psutil.Process(process.pid).children()) == 3)
        time.sleep(0.3)  # the guards are shells by then
        (os.killpg if to_all else os.kill)(process.pid, number)
        assert process.wait(20) == 1


def test_a_client_does_not_outlive_what_runs_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    client = f"echo $$ >{pid_file}.new && mv {pid_file}.new {pid_file} && exec sleep 300"
    runner = "import asyncio, os, sys; from iai_proxy.client.process import run_client; " + (
        "asyncio.run(run_client(['sh', '-c', sys.argv[1]], os.environ))"
    )
    with subprocess.Popen([sys.executable, "-c", runner, client]) as process:
        _wait_for(pid_file.exists)
        _wait_for(lambda: len(psutil.Process(process.pid).children()) == 3)  # and its guards
        sleeping = psutil.Process(int(pid_file.read_text()))
        process.kill()
    _wait_for(lambda: not sleeping.is_running() or sleeping.status() == psutil.STATUS_ZOMBIE)


def test_a_client_that_has_ended_leaves_no_process_behind() -> None:
    before = psutil.Process().children()
    assert code_of("true") == 0
    assert psutil.Process().children() == before


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
