"""``iai-proxy show``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from iai_proxy.cli.options import file_argument, json_option
from iai_proxy.saying import show, show_json


@click.command("show")
@file_argument
@json_option
def command(recording: Path, as_json: bool) -> None:
    """Summarise a recording: simulations, steps, agents, latencies, failures and retries."""
    from iai_proxy.recordings import Recording
    from iai_proxy.report import overview, overview_text, simulations, simulations_text
    from iai_proxy.report.colours import coloured

    with Recording(recording) as opened:
        calls = list(opened.calls())
        facts = overview(calls)
        facts["labels"] = opened.labels()
        facts["simulations"] = simulations(opened.lineage(calls))
    if as_json:
        show_json(facts)
    else:
        lines = [
            *overview_text(str(recording), facts),
            *simulations_text(facts["simulations"]),
        ]
        for line in coloured(lines) if sys.stdout.isatty() else lines:
            show(line)
