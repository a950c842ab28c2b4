"""``iai-proxy export har``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from iai_proxy.cli.export_options import out_option
from iai_proxy.cli.options import file_argument
from iai_proxy.saying import say


@click.command("har")
@file_argument
@out_option
def command(recording: Path, output: Path) -> None:
    """Write the calls as a HAR 1.2 file, which browsers and other proxies open.

    Secrets are replaced, as in the recording. The exit code is 3 if FILE is damaged: the calls that
    can be read are written.
    """
    from iai_proxy.formats.export_har import export_har
    from iai_proxy.recordings import Recording
    from iai_proxy.text import plural

    with Recording(recording) as opened:
        written = export_har(opened, output)
    for problem in written.problems:
        say(f"warning: {problem}")
    say(f"wrote {plural(written.calls, 'call')} to {output}")
    sys.exit(3 if written.problems else 0)
