"""``iai-proxy calls``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.options import file_argument, json_option


@click.command("calls")
@file_argument
@click.option("--sim", type=int, metavar="N", help="Only the calls of simulation N.")
@click.option(
    "--step", type=int, metavar="K", help="Only the calls of step K; 0 is the initialize."
)
@json_option
def command(recording: Path, sim: int | None, step: int | None, as_json: bool) -> None:
    """List the calls of a recording, one line each.

    A call belongs to a step of a simulation if it is one of its parts, or a failed attempt at one.
    """
    import orjson

    from iai_proxy.recordings import Recording
    from iai_proxy.report import calls_text, parent_of

    nowhere = (None, None)
    with Recording(recording) as opened:
        places = opened.lineage().places()
        wholes = {call.large: call.id for call in opened.calls() if call.is_large_call}
        calls = [
            call
            for call in opened.calls()
            if (sim is None or places.get(call.id, nowhere)[0] == sim)
            and (step is None or places.get(call.id, nowhere)[1] == step)
        ]
    if as_json:
        lines = []
        for call in calls:
            simulation, number = places.get(call.id, nowhere)
            lines.append(call.as_json(simulation, number, parent_of(call, wholes)))
        click.echo(orjson.dumps(lines))
    else:
        for line in calls_text(calls, places, wholes):
            click.echo(line)
