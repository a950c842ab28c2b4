"""``iai-proxy calls``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import file_argument, json_option
from iai_proxy.saying import show, show_json

if TYPE_CHECKING:
    from iai_proxy.lineage import Lineage


@click.command("calls")
@file_argument
@click.option("--sim", type=int, metavar="N", help="Only the calls of simulation N.")
@click.option(
    "--step", type=int, metavar="K", help="Only the calls of step K; 0 is the initialize."
)
@json_option
def command(recording: Path, sim: int | None, step: int | None, as_json: bool) -> None:
    """List the calls of a recording, one line each, in order of steps.

    A call belongs to a step of a simulation if it is one of its parts, or a failed attempt at one.
    """
    from iai_proxy.recordings import Recording
    from iai_proxy.report import (
        branch_of_calls,
        calls_text,
        forks_text,
        in_step_order,
        parent_of,
    )

    nowhere = (None, None)
    with Recording(recording) as opened:
        lineage = opened.lineage()
        places = lineage.places()
        _refuse_absent(lineage, sim, step)
        large_calls = {call.large: call.id for call in opened.calls() if call.is_large_call}
        calls = [
            call
            for call in in_step_order(list(opened.calls()), places)
            if (sim is None or places.get(call.id, nowhere)[0] == sim)
            and (step is None or places.get(call.id, nowhere)[1] == step)
        ]
    if as_json:
        lines = []
        for call in calls:
            simulation, number = places.get(call.id, nowhere)
            lines.append(call.as_json(simulation, number, parent_of(call, large_calls)))
        show_json(lines)
    else:
        for line in calls_text(calls, places, large_calls, branch_of_calls(lineage)):
            show(line)
        for line in forks_text(lineage):
            show(line)


def _refuse_absent(lineage: Lineage, sim: int | None, step: int | None) -> None:
    """Say which simulation, or step, there is none of."""
    from iai_proxy.errors import UsageError
    from iai_proxy.text import plural

    count = len(lineage.simulations)
    if sim is not None and not 1 <= sim <= count:
        has = plural(count, "simulation") if count else "none"
        raise UsageError(f"there is no simulation {sim}: the recording has {has}")
    if step is None:
        return
    chosen = lineage.simulations if sim is None else lineage.simulations[sim - 1 : sim]
    last = max((found.index for simulation in chosen for found in simulation.steps), default=None)
    if last is None or not 0 <= step <= last:
        where = "the recording" if sim is None else f"simulation {sim}"
        has = "no simulation" if last is None else f"steps 0 to {last}"
        raise UsageError(f"there is no step {step}: {where} has {has}")
