"""``iai-proxy export scenario``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.export_options import named_simulation, out_option, simulation_option
from iai_proxy.cli.options import file_argument, named_steps
from iai_proxy.saying import say


@click.command("scenario")
@file_argument
@out_option
@simulation_option
@click.option("--branch", type=int, metavar="N", help="Only branch N; the longest by default.")
@click.option(
    "--states",
    type=click.Choice(["predicted", "applied"]),
    default="predicted",
    show_default=True,
    help="What the API answered, or what the client went on with.",
)
@click.option(
    "--steps",
    metavar="A:B",
    help="Only steps A to B, both included; either may be left out. Step A becomes step 0.",
)
@click.option("--seed-initialize", type=int, metavar="N", help="initialize_random_seed to write.")
@click.option("--seed-lights", type=int, metavar="N", help="lights_random_seed to write.")
@click.option("--seed-drive", type=int, metavar="N", help="drive_random_seed to write.")
def command(
    recording: Path,
    output: Path,
    sim: int | None,
    branch: int | None,
    states: str,
    steps: str | None,
    **seeds: int | None,
) -> None:
    """Write a simulation as a scenario log, which the SDK's LogReader loads.

    Seeds that are not given are those of the recorded requests; none has one for lights.
    """
    from iai_proxy.errors import UsageError
    from iai_proxy.logs.export_scenario import Seeds, export_scenario
    from iai_proxy.recordings import Recording

    with Recording(recording) as opened:
        simulation = named_simulation(opened.lineage(), sim if sim is not None else 1)
        branches = simulation.branches
        if branch is not None and not 1 <= branch <= len(branches):
            raise UsageError(
                f"simulation {simulation.number} has no branch {branch}: it has {len(branches)}"
            )
        chosen = simulation.trunk if branch is None else branches[branch - 1]
        wanted = named_steps(steps, range(len(chosen.steps)))
        for warning in export_scenario(
            opened,
            chosen,
            output,
            applied=states == "applied",
            steps=wanted,
            seeds=Seeds(**{name.removeprefix("seed_"): seed for name, seed in seeds.items()}),
        ):
            say(f"warning: {warning}")
    say(
        f"wrote {len(wanted)} steps of simulation {simulation.number}, branch "
        f"{chosen.number}, to {output}"
    )
