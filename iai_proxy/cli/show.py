"""``iai-proxy show``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.options import file_argument, json_option


@click.command("show")
@file_argument
@json_option
def command(recording: Path, as_json: bool) -> None:
    """Summarise a recording: calls by endpoint, latencies, failures, SDK versions."""
    import orjson

    from iai_proxy.report import overview, overview_text
    from iai_proxy.store import Recording

    with Recording(recording) as opened:
        facts = overview(opened.calls())
    if as_json:
        click.echo(orjson.dumps(facts))
    else:
        for line in overview_text(str(recording), facts):
            click.echo(line)
