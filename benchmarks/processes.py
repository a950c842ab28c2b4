"""Proxies in processes of their own, for the benchmarks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


def clean_environment() -> dict[str, str]:
    """Return the environment without proxies and without settings of ours or the SDK."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IAI_") and not name.lower().endswith("_proxy")
    }


def mitmdump(port: int, options: Mapping[str, str], arguments: Sequence[str] = ()) -> list[str]:
    """Return a command that runs mitmdump."""
    command = [str(Path(sys.executable).parent / "mitmdump"), "--quiet"]
    command += ["--listen-port", str(port), *arguments]
    for name, value in options.items():
        command += ["--set", f"{name}={value}"]
    return command


@contextlib.contextmanager
def running(command: Sequence[str], port: int, **environment: str) -> Iterator[None]:
    """Run a command while the block runs, from when it listens on a port."""
    process = subprocess.Popen(
        command,
        env={**clean_environment(), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(2400):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def free_port() -> int:
    """Return a port that no one listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
