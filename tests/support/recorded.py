"""Recordings of client programs, made through a real proxy: each once in a process, as several tests begin with it."""

from __future__ import annotations

import sys
from typing import Final

from support.cli import Cli

#: By upstream, program and arguments the recording, and what the program printed.
_MADE: Final[dict[tuple[str, ...], tuple[bytes, str]]] = {}


def recorded(cli: Cli, upstream: str, program: str, *arguments: str) -> str:
    """Put ``program.py`` and ``run.iairec``, its recording, into the folder, and return what it printed."""
    (cli.folder / "program.py").write_text(program)
    made, key = cli.folder / "run.iairec", (upstream, program, *arguments)
    if key not in _MADE:
        client = [sys.executable, "program.py", *arguments]
        done = cli.run("record", "-o", "run.iairec", "--upstream", upstream, "--", *client)
        assert done.returncode == 0, done.stderr
        _MADE[key] = made.read_bytes(), done.stdout
    recording, printed = _MADE[key]
    made.write_bytes(recording)
    return printed
