"""``iai-proxy calls``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.options import file_argument, json_option


@click.command("calls")
@file_argument
@json_option
def command(recording: Path, as_json: bool) -> None:
    """List the calls of a recording, one line each."""
    import orjson

    from iai_proxy.report import calls_text
    from iai_proxy.store import Recording

    with Recording(recording) as opened:
        if as_json:
            click.echo(orjson.dumps([call.as_json() for call in opened.calls()]))
        else:
            for line in calls_text(opened.calls()):
                click.echo(line)
