"""``iai-proxy pack``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from iai_proxy.cli.options import file_argument
from iai_proxy.saying import show


@click.command("pack")
@file_argument
def command(recording: Path) -> None:
    """Make a recording smaller that had no time to be packed.

    Calls are packed while they are recorded, in pauses of the client. Where it made none, or the
    recorder was killed, some are left as they were; a recording is whole without being packed.
    One that an older iai-proxy made is packed anew, and that version can't read it any more.
    What was not searched for secrets yet is, for the key in IAI_API_KEY as well.
    """
    from iai_proxy.recordings import pack_file
    from iai_proxy.text import plural, size

    key = os.environ.get("IAI_API_KEY")
    packed = pack_file(recording, [key] if key else [])
    given_back = packed.bytes_before - packed.bytes_after
    if packed.calls:
        done = f"{plural(packed.calls, 'call')} packed in {recording}"
    elif given_back > 0:
        done = f"all calls of {recording} were packed already; gave back {size(given_back)}"
    else:
        show(f"{recording} is packed already")
        return
    show(f"{done}: {size(packed.bytes_before)} before, {size(packed.bytes_after)} now")
