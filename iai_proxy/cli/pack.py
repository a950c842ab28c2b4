"""``iai-proxy pack``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.reading import CHANGE
from iai_proxy.saying import show

if TYPE_CHECKING:
    from iai_proxy.recordings.pack_file import PackedFile


@click.command("pack")
@click.argument("recording", metavar="FILE", type=CHANGE)
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
    also = [*_of_format(packed), *_of_secrets(packed, with_key=bool(key))]
    if packed.calls:
        done = f"{plural(packed.calls, 'call')} packed in {recording}"
    elif given_back > 0 or also:
        done = f"all calls of {recording} were packed already"
        done += f"; gave back {size(given_back)}" if given_back > 0 else ""
    else:
        show(f"{recording} is packed already")
        return
    show(f"{done}: {size(packed.bytes_before)} before, {size(packed.bytes_after)} now")
    for line in also:
        show(line)


def _of_format(packed: PackedFile) -> Iterator[str]:
    from iai_proxy.recordings.schema import FORMAT_VERSION

    if packed.format_before < FORMAT_VERSION:
        yield (
            f"brought from format {packed.format_before} to {FORMAT_VERSION}: versions of "
            "iai-proxy that made it can't read it any more"
        )


def _of_secrets(packed: PackedFile, *, with_key: bool) -> Iterator[str]:
    from iai_proxy.text import plural

    if packed.searched:
        what = "and for the key in IAI_API_KEY" if with_key else "as IAI_API_KEY is not set"
        names = "by their names" if with_key else "by their names only"
        found = (
            f"replaced in {plural(packed.replaced, 'call')}" if packed.replaced else "none found"
        )
        yield f"{plural(packed.searched, 'call')} searched for secrets {names}, {what}: {found}"
