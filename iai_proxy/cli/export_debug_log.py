"""``iai-proxy export debug-log``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.export_options import named_simulation, out_option, simulation_option
from iai_proxy.cli.options import file_argument
from iai_proxy.saying import say


@click.command("debug-log")
@file_argument
@out_option
@simulation_option
@click.option(
    "--with-errors",
    is_flag=True,
    help="Add failed attempts, light, blame, under names of their own.",
)
def command(recording: Path, output: Path, sim: int | None, with_errors: bool) -> None:
    """Write the debug log that IAI_LOGGER_PATH would have given, with every pair right.

    large_drive and large_initialize, which never appear on the wire, are put together from their
    parts.
    """
    from iai_proxy.logs.export_debug_log import export_debug_log
    from iai_proxy.recordings import Recording
    from iai_proxy.text import plural

    with Recording(recording) as opened:
        lineage = opened.lineage()
        only = named_simulation(lineage, sim) if sim is not None else None
        count = export_debug_log(opened, lineage, output, simulation=only, with_errors=with_errors)
    say(f"wrote {plural(count, 'call')} to {output}")
