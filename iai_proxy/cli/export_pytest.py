"""``iai-proxy export pytest``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.export_options import out_option
from iai_proxy.cli.reading import STAYS
from iai_proxy.saying import say


@click.command("pytest")
@click.argument("recording", metavar="FILE", type=STAYS)
@out_option
@click.option(
    "--sim",
    type=int,
    default=1,
    metavar="N",
    help="Simulation N, as `iai-proxy show` numbers them [default: 1].",
)
@click.option("--branch", type=int, metavar="N", help="Branch N [default: the longest].")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.01,
    metavar="M",
    help="How far off a final state may be, in m, rad and m/s [default: 0.01].",
)
def command(recording: Path, output: Path, sim: int, branch: int | None, tolerance: float) -> None:
    """Write a test for pytest that replays the recording, offline.

    It fails if the client makes another call than was recorded, and checks the number of agents at
    each step and their final states. The client's calls stand in it, if they are those of an
    ordinary program on the SDK; else there is a place for the client. It is yours to edit.
    """
    from iai_proxy.formats.export_pytest import pytest_file
    from iai_proxy.recordings import Recording
    from iai_proxy.recordings.files import atomic_output
    from iai_proxy.scene.recorded import RecordedRun

    with Recording(recording) as opened:
        scene = RecordedRun(opened).scene(sim, branch, details=False)
        written = pytest_file(opened, scene, output, tolerance)
    with atomic_output(output) as stream:
        stream.write(written.text)
    if written.missing:
        say(f"wrote {output}: put your client into its run_client(), since {written.missing}")
    else:
        say(f"wrote {output}: `pytest {output}` runs it")
