"""What the commands of ``iai-proxy export`` have in common: options and arguments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from iai_proxy.lineage import Lineage, Simulation


def _output(_context: click.Context, _option: click.Parameter, path: Path) -> Path:
    """Refuse a file that can't be written before anything is read."""
    from iai_proxy.recordings.files import refuse_to_replace

    refuse_to_replace(path)
    return path


#: ``-o OUT``: the file to write.
out_option = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    callback=_output,
    metavar="OUT",
    help="The file.",
)
simulation_option = click.option(
    "--sim", type=int, metavar="N", help="Only simulation N, as `iai-proxy show` numbers them."
)


def named_simulation(lineage: Lineage, number: int) -> Simulation:
    """Return the simulation of a number.

    Raises:
        UsageError: there is none.
    """
    from iai_proxy.errors import UsageError

    count = len(lineage.simulations)
    if not 1 <= number <= count:
        raise UsageError(f"there is no simulation {number}: the recording has {count}")
    return lineage.simulations[number - 1]
