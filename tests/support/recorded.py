"""Recordings of client programs, made through a real proxy: each once in a process, as several tests begin with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from support.cli import Cli

#: By upstream, program and arguments: the files of the run (recording, program, and what that
#: wrote), what it printed.
_MADE: Final[dict[tuple[str, ...], tuple[dict[str, bytes], str]]] = {}


def recorded(cli: Cli, upstream: str, program: str, *arguments: str) -> str:
    """Put into the folder ``program.py``, its recording ``run.iairec``, and the files that it writes.

    Returns:
        What the program printed.
    """
    key = (upstream, program, *arguments)
    if key not in _MADE:
        before = _written_at(cli.folder)
        (cli.folder / "program.py").write_text(program)
        client = [sys.executable, "program.py", *arguments]
        done = cli.run("record", "-o", "run.iairec", "--upstream", upstream, "--", *client)
        assert done.returncode == 0, done.stderr
        written = _written_at(cli.folder).items() - before.items()
        _MADE[key] = {path.name: path.read_bytes() for path, _ in written}, done.stdout
    files, printed = _MADE[key]
    for name, content in files.items():
        (cli.folder / name).write_bytes(content)
    return printed


def _written_at(folder: Path) -> dict[Path, int]:
    """When each of the folder's files was last written, in nanoseconds."""
    return {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()}
