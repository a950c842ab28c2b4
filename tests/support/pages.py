"""Pages of the documentation: their code blocks, and a folder in which these run in order."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent.parent


def _pages(folder: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).glob("*.md"))


README: Final = "README.md"
#: Pages for users; all pages. Each is named by its path in the repository.
USER_PAGES: Final = [README, *_pages("docs")]
ALL_PAGES: Final = [*_pages("."), *_pages("docs")]

_BLOCK: Final = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
_NAMED_FILE: Final = re.compile(r"# (\w+\.py)\n")
_PORT: Final = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=--listen-port )\d+")
#: A block that says so in its first line runs while the next block does.
_UNTIL_STOPPED: Final = "until Ctrl-C"
_STARTS_WITHIN_S: Final = 60

#: The programs that examples start, where these are the reader's own.
_CLIENTS: Final = {
    "my_client": (
        "#!/bin/sh\n"
        'test "$IAI_DEV" = 1 && exec curl --silent --show-error --fail http://127.0.0.1:8000/test\n'
    ),
    "my_sim.mjs": (
        'const answer = await fetch("https://api.inverted.ai/v0/aws/m1/test");\n'
        "process.exit(answer.ok ? 0 : 1);\n"
    ),
}


@dataclass(frozen=True)
class Block:
    """One code block of a page; ``number`` counts the page's blocks of all languages from 0."""

    page: str
    number: int
    language: str
    text: str

    @property
    def first_command(self) -> str:
        """The first line that is no comment."""
        return next(line for line in self.text.splitlines() if not line.startswith("#"))

    def __str__(self) -> str:
        return f"{self.page}: {self.first_command}"


def blocks_of(page: str) -> list[Block]:
    """Return the code blocks of a page, which is named by its path in the repository."""
    found = _BLOCK.findall((ROOT / page).read_text())
    return [Block(page, number, *parts) for number, parts in enumerate(found)]


class PageRun:
    """Runs the shell blocks of one page, each once and in order, as a reader would.

    Args:
        page: path of the page in the repository.
        folder: where they run.
        environment: what they run with.
    """

    def __init__(self, page: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self._blocks = blocks_of(page)
        self._ports: dict[str, str] = {}
        self._outputs: dict[int, str] = {}
        self._running: _Running | None = None
        self._write_files()

    def run(self, block: Block) -> str:
        """Run a block, after those before it, and return what it printed to both streams.

        Raises:
            AssertionError: it failed, or one before it did.
        """
        if missing := _missing_program(block):
            pytest.skip(missing)
        for earlier in self._blocks[: block.number + 1]:
            runnable = earlier.language == "sh" and not _missing_program(earlier)
            if runnable and earlier.number not in self._outputs:
                self._outputs[earlier.number] = self._run(earlier)
        return self._outputs[block.number]

    def close(self) -> None:
        """Stop what still runs."""
        if self._running:
            self._running.stop()

    def _write_files(self) -> None:
        for name in ("addons", "configs"):
            (self.folder / name).symlink_to(ROOT / name)
        for name, program in _CLIENTS.items():
            (self.folder / name).write_text(self._with_free_ports(program))
            (self.folder / name).chmod(0o755)
        for block in self._blocks:
            if block.language == "python" and (named := _NAMED_FILE.match(block.text)):
                (self.folder / named[1]).write_text(block.text)

    def _run(self, block: Block) -> str:
        if block.text.startswith("make "):
            subprocess.run(["make", "--dry-run", *block.text.split()[1:]], cwd=ROOT, check=True)
            return ""
        script = self._with_free_ports(block.text)
        if _UNTIL_STOPPED in block.text.splitlines()[0]:
            self._running = _Running(script, self.folder, self._environment)
            self._running.wait_for_port(int(_port_of(script)))
            return ""
        output = self._run_to_its_end(script)
        if self._running:
            output += self._running.stop()
            self._running = None
        return output

    def _run_to_its_end(self, script: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def _with_free_ports(self, text: str) -> str:
        """Replace each port by a free one, the same in all blocks of the page; 0 stays."""
        for port in set(_PORT.findall(text)) - {"0"}:
            free = self._ports.setdefault(port, str(_free_port()))
            text = text.replace(port, free)
        return text


class _Running:
    """A program that runs until Ctrl-C."""

    def __init__(self, script: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "-e", "-c", script],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for_port(self, port: int) -> None:
        """Wait until the program listens."""
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.05)
        raise AssertionError(f"nothing listens on {port}:\n{self.stop()}")

    def stop(self) -> str:
        """Press Ctrl-C, and return what the program printed."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        output, _ = self._process.communicate(timeout=30)
        assert self._process.returncode == 0, output
        assert "Traceback" not in output, output
        return output


def environment_of(clean: Mapping[str, str], home: Path, sandbox: str) -> dict[str, str]:
    """Return an environment in which examples reach a sandbox: a test can't reach the real API."""
    return {
        **clean,
        "IAI_PROXY_UPSTREAM": sandbox,
        "PYTEST_ADDOPTS": f"--iai-upstream={sandbox} -p no:cacheprovider",
        "PATH": f"{Path(sys.executable).parent}:{clean['PATH']}",
        "HOME": str(home),
        # matplotlib, which the SDK imports, keeps what it knows of fonts there.
        "XDG_CACHE_HOME": clean.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }


@contextlib.contextmanager
def page_run(page: str, folder: Path, environment: Mapping[str, str]) -> Iterator[PageRun]:
    """Give a run of a page, and stop what it has left running."""
    run = PageRun(page, folder, environment)
    try:
        yield run
    finally:
        run.close()


def _missing_program(block: Block) -> str | None:
    """Say which program of the reader's a block needs and this machine does not have."""
    words = block.text.split()
    if "curl" in words and not shutil.which("curl"):
        return "curl is not installed"
    if "node" in words and not _node_knows_proxies():
        return "there is no Node that takes its proxy from the environment"
    return None


@cache
def _node_knows_proxies() -> bool:
    if not shutil.which("node"):
        return False
    version = subprocess.check_output(["node", "--version"], text=True)
    major, minor = (int(part) for part in version.removeprefix("v").split(".")[:2])
    return (major == 22 and minor >= 21) or major >= 24


def _port_of(script: str) -> str:
    found = _PORT.search(script)
    assert found, f"no port in {script}"
    return found[0]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
