"""Runs the command line as its users do: as a process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click
from click.testing import CliRunner, Result

from iai_proxy.cli import group

COMMAND = (sys.executable, "-m", "iai_proxy")

#: Variables that the machine may have set and that would change what a test shows.
PRESET = re.compile(
    r"^(IAI_.*|.*_PROXY|.*_proxy|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_.*|NODE_.*)$"
)


@dataclass(frozen=True)
class Cli:
    """A folder to work in, and an environment without surprises.

    Attributes:
        folder: where commands run.
        ca: folder of our CA.
        shared: what all tests of a run share, on whichever worker; see ``support.recorded``.
    """

    folder: Path
    ca: Path
    shared: Path

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not PRESET.match(name)}
        return {**clean, "IAI_PROXY_CA_DIR": str(self.ca), "PYTHONWARNINGS": "ignore"}

    def run(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, timeout_s: float = 60
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def run_unread(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command whose standard error is a pipe that no one reads."""
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as unread:
            return subprocess.run(
                [*COMMAND, *map(str, arguments)],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=unread,
                text=True,
                timeout=60,
                check=False,
            )

    def invoke(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Result:
        """Run a command in this process: for all that starts neither a proxy nor a client."""
        preset: dict[str, str | None] = {name: None for name in os.environ if PRESET.match(name)}
        variables = {**preset, "IAI_PROXY_CA_DIR": str(self.ca), **(env or {})}
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(
                group,
                [*map(str, arguments)],
                prog_name="iai-proxy",
                env=variables,
                catch_exceptions=False,
            )

    def start(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Running:
        log = (self.folder / f"log-{time.monotonic_ns()}").open("w+b")
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        return Running(process, Path(str(log.name)), log)


@dataclass
class Running:
    """A command that runs until it is stopped."""

    process: subprocess.Popen[bytes]
    log: Path
    _file: IO[bytes]

    def output(self) -> str:
        return self.log.read_text()

    def wait_for(self, pattern: str, timeout_s: float = 20) -> re.Match[str]:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.output()):
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{pattern!r} never came:\n{self.output()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20)
        self._file.close()
        return code

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGKILL)


def all_commands(
    command: click.Command = group, name: str = "iai-proxy"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its full name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for child in command.list_commands(context):
        found = command.get_command(context, child)
        assert found
        yield from all_commands(found, f"{name} {child}")


def python(code: str) -> Sequence[str]:
    """Return a client command that runs this code."""
    return [sys.executable, "-c", code]


#: A client without the SDK: posts to /drive through whatever proxy the environment names.
POST = """
import sys, requests
for number in range({count}):
    answer = requests.post("https://api.inverted.ai/v0/aws/m1/drive", json={{"n": number}})
    print(answer.status_code, answer.text)
"""


def posting(count: int = 1) -> Sequence[str]:
    """Return a client command that makes ``count`` different drive calls and prints the answers."""
    return python(POST.format(count=count))
