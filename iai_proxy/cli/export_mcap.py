"""``iai-proxy export mcap``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from iai_proxy.cli.export_options import out_option
from iai_proxy.cli.finding import findings_of
from iai_proxy.cli.options import file_argument, progress_bar
from iai_proxy.errors import UsageError
from iai_proxy.extras import require
from iai_proxy.saying import say

if TYPE_CHECKING:
    from iai_proxy.scene import Frame, Scene
    from iai_proxy.scene.opening import Run

#: So many steps are read before they are written.
_AT_A_TIME: Final = 100


@click.command("mcap")
@file_argument
@out_option
@click.option(
    "--sim",
    type=int,
    default=1,
    metavar="N",
    help="Simulation N, as `iai-proxy show` numbers them [default: 1].",
)
@click.option("--branch", type=int, metavar="N", help="Branch N [default: the longest].")
@click.option("--findings/--no-findings", default=True, help="Log findings [default: findings].")
@click.option(
    "--layout",
    type=click.Path(path_type=Path),
    metavar="OUT.json",
    help="Write the layout too, to be imported once.",
)
def command(
    recording: Path,
    output: Path,
    sim: int,
    branch: int | None,
    findings: bool,
    layout: Path | None,
) -> None:
    """Write a simulation as an MCAP file, which Foxglove and Lichtblick play.

    Agents are cubes in the size of theirs, with arrows; egos are named. Time is simulated: step 0
    is at 0 s, and each step takes 0.1 s. FILE may also be a scenario log. Needs the extra `mcap`.
    The exit code is 3 if FILE is damaged: what can be read is written.
    """
    require("foxglove", extra="mcap", what="export mcap")
    from iai_proxy.formats.export_mcap import export_mcap
    from iai_proxy.formats.export_mcap import layout as foxglove_layout
    from iai_proxy.recordings.files import atomic_binary_output, refuse_to_replace
    from iai_proxy.scene.opening import opened_run
    from iai_proxy.text import size

    if layout is not None:
        refuse_to_replace(layout, inputs=[recording], option="--layout")
        if layout.resolve() == output.resolve():
            raise UsageError(f"--layout and -o are both {output}: give one of them another name")
    located = findings_of(recording).located if findings else ()
    with opened_run(recording) as run:
        scene = run.scene(sim, branch, details=False, problems=located)
        with atomic_binary_output(output) as stream:
            export_mcap(scene, _frames(run, scene), stream)
        damage = run.damage
    if layout is not None:
        with atomic_binary_output(layout, option="--layout") as stream:
            stream.write(foxglove_layout())
    for sentence in scene.left_out:
        say(sentence)
    say(
        f"wrote {len(scene.frames)} steps of simulation {sim}, branch {scene.branch}, to {output} "
        f"({size(output.stat().st_size)})"
    )
    if damage:
        say(f"{output} lacks what can't be read: {damage}")
        sys.exit(3)


def _frames(run: Run, scene: Scene) -> Iterator[Frame]:
    """Yield the steps with all that is known of them; few are in memory at a time."""
    first, last = scene.frames[0].step, scene.frames[-1].step
    with progress_bar(len(scene.frames), "writing") as bar:
        for begin in range(first, last + 1, _AT_A_TIME):
            steps = range(begin, min(begin + _AT_A_TIME, last + 1))
            for frame in run.scene(scene.simulation.number, scene.branch, steps).frames:
                yield frame
                bar.update(1)
