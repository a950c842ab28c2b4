"""``iai-proxy export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import file_argument, named_steps
from iai_proxy.errors import did_you_mean
from iai_proxy.saying import say

if TYPE_CHECKING:
    from iai_proxy.lineage import Lineage, Simulation


def _output(_context: click.Context, _option: click.Parameter, path: Path) -> Path:
    """Refuse a file that can't be written before anything is read."""
    from iai_proxy.recordings.files import refuse_to_replace

    refuse_to_replace(path)
    return path


_OUT = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    callback=_output,
    metavar="OUT",
    help="The file.",
)
_SIMULATION = click.option(
    "--sim", type=int, metavar="N", help="Only simulation N, as `iai-proxy show` numbers them."
)


class _ExportGroup(click.Group):
    """Says which formats there are where none is named."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        formats = list(self.commands)
        if args and args[0] not in formats and not args[0].startswith("-"):
            hint = did_you_mean(args[0], formats) or f": say {' or '.join(formats)} before FILE"
            ctx.fail(f"{args[0]!r} is no format to export{hint}")
        return super().resolve_command(ctx, args)


@click.group("export", cls=_ExportGroup)
def command() -> None:
    """Turn a recording into the SDK's own log files."""


@command.command("debug-log")
@file_argument
@_OUT
@_SIMULATION
@click.option(
    "--with-errors",
    is_flag=True,
    help="Add failed attempts, light, blame, under names of their own.",
)
def debug_log(recording: Path, output: Path, sim: int | None, with_errors: bool) -> None:
    """Write the debug log that IAI_LOGGER_PATH would have given, with every pair right.

    large_drive and large_initialize, which never appear on the wire, are put together from their
    parts.
    """
    from iai_proxy.logs.export_debug_log import export_debug_log
    from iai_proxy.recordings import Recording
    from iai_proxy.text import plural

    with Recording(recording) as opened:
        lineage = opened.lineage()
        only = _simulation(lineage, sim) if sim is not None else None
        count = export_debug_log(opened, lineage, output, simulation=only, with_errors=with_errors)
    say(f"wrote {plural(count, 'call')} to {output}")


@command.command("scenario")
@file_argument
@_OUT
@_SIMULATION
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
def scenario(
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
        simulation = _simulation(opened.lineage(), sim if sim is not None else 1)
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


def _simulation(lineage: Lineage, number: int) -> Simulation:
    from iai_proxy.errors import UsageError

    count = len(lineage.simulations)
    if not 1 <= number <= count:
        raise UsageError(f"there is no simulation {number}: the recording has {count}")
    return lineage.simulations[number - 1]
