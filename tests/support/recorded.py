"""Recordings of client programs through a real proxy, each made once for all tests of a run."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from support.cli import Cli

_PRINTED = "printed"


def recorded(cli: Cli, sandbox: str, program: str, *arguments: str) -> str:
    """Put ``program.py``, its recording ``run.iairec`` and what it writes into the folder.

    Args:
        cli: with the folder.
        sandbox: URL of a sandbox. All sandboxes answer alike.
        program: source of the client program.
        arguments: given to the program.

    Returns:
        What the program printed.
    """
    key = hashlib.sha256("\0".join([program, *arguments]).encode()).hexdigest()[:16]
    made = cli.shared / key
    cli.shared.mkdir(exist_ok=True)
    with FileLock(f"{made}.lock"):  # another worker may be making it
        if not made.exists():
            _make(cli, sandbox, program, arguments, made)
    shutil.copytree(made, cli.folder, dirs_exist_ok=True)
    return (cli.folder / _PRINTED).read_text()


def _make(cli: Cli, sandbox: str, program: str, arguments: tuple[str, ...], folder: Path) -> None:
    """Run the program in a folder of its own, which gets its name when all is in it."""
    unfinished = Path(tempfile.mkdtemp(dir=cli.shared))
    (unfinished / "program.py").write_text(program)
    client = [sys.executable, "program.py", *arguments]
    there = Cli(unfinished, cli.ca, cli.shared)
    done = there.run("record", "-o", "run.iairec", "--upstream", sandbox, "--", *client)
    assert done.returncode == 0, done.stderr
    (unfinished / _PRINTED).write_text(done.stdout)
    unfinished.rename(folder)
