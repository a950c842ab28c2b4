"""``iai-proxy trim``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import file_argument, named_steps
from iai_proxy.saying import say, show

if TYPE_CHECKING:
    from iai_proxy.editing.trim import Trimmed


@click.command("trim")
@file_argument
@click.option(
    "--sim",
    "simulations",
    multiple=True,
    metavar="N",
    help="Keep this simulation, or these, such as 1,3. May be given several times.",
)
@click.option(
    "--branch",
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep this branch only. [default: all that leave a kept step]",
)
@click.option(
    "--steps", metavar="A:B", help="Keep steps A to B, or from A on (A:), or up to B (:B)."
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The recording to make.",
)
def command(
    recording: Path,
    simulations: tuple[str, ...],
    branch: int | None,
    steps: str | None,
    output: Path,
) -> None:
    """Make a recording of some simulations of another, or of some of their steps.

    All that a replay of these steps needs stays: their calls, with all parts of large calls and the
    attempts that failed, location_info of their locations, and what the client asked between them.
    Step A becomes step 0: a client that has its answer, or makes its call, goes on from there.

    \b
    iai-proxy trim run.iairec --sim 2 -o second.iairec
    iai-proxy trim run.iairec --steps 40:60 -o bug.iairec
    """
    from iai_proxy.editing.chosen import Wanted
    from iai_proxy.editing.trim import trim

    numbers = [number for text in simulations for number in _numbers(text)]
    if not numbers and branch is None and steps is None:
        raise click.UsageError("say what to keep: --sim N, --steps A:B, or both")
    if branch is not None and len(numbers) > 1:
        raise click.UsageError("--branch is of one simulation: name one with --sim")
    within = partial(named_steps, steps) if steps is not None else None
    result = trim(recording, output, Wanted(numbers, branch, within))
    for line in _lines(result, output):
        show(line)
    if not result.is_alike:
        say(
            "warning: the steps are joined otherwise than in the original, as what told them "
            f"apart is cut off: compare `iai-proxy show {recording}` and `iai-proxy show {output}`"
        )


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and part.isascii() for part in parts):
        raise click.UsageError(f"--sim {text}: give the number of a simulation, or several: 1,3")
    return [int(part) for part in parts]


def _lines(result: Trimmed, output: Path) -> Iterator[str]:
    from iai_proxy.text import plural

    yield f"{result.calls} of {plural(result.of_calls, 'call')} kept in {output}"
    for number, tree in enumerate(result.trees, start=1):
        first, last = tree.first.index, tree.last_index
        steps = f"steps {first} to {last}" if last > first else f"step {first}"
        branches = f" ({plural(tree.branches, 'branch', 'branches')})" if tree.branches > 1 else ""
        now = f"steps 0 to {last - first}" if last > first else "step 0"
        yield f"simulation {tree.simulation}, {steps}{branches}: now simulation {number}, {now}"
