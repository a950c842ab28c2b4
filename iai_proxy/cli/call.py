"""``iai-proxy call``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.options import file_argument, json_option
from iai_proxy.saying import show, show_json


@click.command("call")
@file_argument
@click.argument("number", metavar="ID", type=int)
@json_option
def command(recording: Path, number: int, as_json: bool) -> None:
    """Show one call of a recording: both sides, headers and bodies."""
    from iai_proxy.recordings import Recording
    from iai_proxy.report import call_json, call_text

    with Recording(recording) as opened:
        exchange = opened.exchange(number)
        parent = opened.large_call_of(exchange)
    if as_json:
        show_json(call_json(exchange, parent))
    else:
        for line in call_text(exchange, parent):
            show(line)
