"""Recordings of client programs, made through a real proxy: each once for all tests and workers."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from filelock import FileLock

from support.cli import Cli

_RECORDING = "run.iairec"
_PRINTED = "printed"


def recorded(
    cli: Cli,
    upstream: str,
    program: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    name: str = _RECORDING,
) -> str:
    """Put a program, its recording and the files that it writes into the test's folder.

    Args:
        cli: of the test.
        upstream: URL of a sandbox with the usual settings; any worker's own will do.
        program: kept as ``program.py``.
        arguments: of the program.
        env: further variables for it.
        name: of the recording.

    Returns:
        What the program printed.
    """
    key = json.dumps([program, arguments, dict(env or {})])
    made = cli.shared / hashlib.sha256(key.encode()).hexdigest()[:16]
    cli.shared.mkdir(exist_ok=True)
    with FileLock(f"{made}.lock"):  # another worker may be making it
        if not (made / _PRINTED).exists():
            _make(replace(cli, folder=made), upstream, program, arguments, env)
    shutil.copytree(made, cli.folder, dirs_exist_ok=True)
    if name != _RECORDING:
        (cli.folder / _RECORDING).rename(cli.folder / name)
    return (made / _PRINTED).read_text()


def _make(
    cli: Cli, upstream: str, program: str, arguments: Sequence[str], env: Mapping[str, str] | None
) -> None:
    """Run the program in a folder of its own; what it printed is written last."""
    shutil.rmtree(cli.folder, ignore_errors=True)
    cli.folder.mkdir()
    (cli.folder / "program.py").write_text(program)
    client = [sys.executable, "program.py", *arguments]
    done = cli.run("record", "-o", _RECORDING, "--upstream", upstream, "--", *client, env=env)
    assert done.returncode == 0, done.stderr
    (cli.folder / _PRINTED).write_text(done.stdout)
