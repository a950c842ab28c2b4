"""``iai-proxy copy``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.options import file_argument
from iai_proxy.cli.reading import shown_name
from iai_proxy.saying import show


@click.command("copy")
@file_argument
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
def command(recording: Path, output: Path) -> None:
    """Copy a recording, also while it is written: OUT has all calls up to one moment.

    The latest calls of a recording that is being written are in FILE-wal; a copy of FILE alone
    lacks them. OUT is one plain file, and may be a folder to copy into.
    """
    from iai_proxy.editing.copying import copy
    from iai_proxy.text import plural, size

    if output.is_dir():
        output /= Path(shown_name(recording)).name
    copied = copy(recording, output)
    show(f"{plural(copied.calls, 'call')} copied to {output} ({size(copied.bytes)})")
