"""``iai-proxy step``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from iai_proxy.cli.options import json_option
from iai_proxy.cli.reading import READ
from iai_proxy.saying import show, show_json


@click.command("step")
@click.argument("file", metavar="FILE", type=READ)
@click.argument("number", metavar="N", type=int)
@click.option(
    "--agent", type=int, metavar="I", help="Only agent I, in detail; numbered by appearance."
)
@click.option("--sim", type=int, default=1, metavar="N", help="Simulation N, as `show` has them.")
@click.option("--branch", type=int, metavar="N", help="Branch N; the longest by default.")
@json_option
def command(
    file: Path, number: int, agent: int | None, sim: int, branch: int | None, as_json: bool
) -> None:
    """Show step N of a recording as a table.

    For each agent where it is now, how it got there from what the client sent, and what is odd:
    moved by the client, without a recurrent state or with another agent's, infractions.
    """
    from iai_proxy.report.colours import coloured
    from iai_proxy.report.step_table import step_facts, step_text
    from iai_proxy.scene.opening import opened_run

    with opened_run(file) as run:
        scene = run.scene(sim, branch, range(number, number + 1))
        if number > 0:
            scene = run.scene(sim, branch, range(number - 1, number + 1))
    facts = step_facts(scene, number)
    if agent is not None:
        present = [found["agent"] for found in (*facts["agents"], *facts["unplaced"])]
        _refuse_absent(agent, number, present)
    if as_json:
        show_json(facts)
        return
    lines = list(step_text(facts, agent))
    for line in coloured(lines) if sys.stdout.isatty() else lines:
        show(line)


def _refuse_absent(agent: int, step: int, present: list[int]) -> None:
    from iai_proxy.errors import UsageError
    from iai_proxy.text import ranges

    if agent not in present:
        there = f"it has agents {ranges(sorted(present))}" if present else "it has none"
        raise UsageError(f"step {step} has no agent {agent}: {there}")
