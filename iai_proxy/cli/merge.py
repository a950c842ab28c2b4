"""``iai-proxy merge``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import files_argument
from iai_proxy.cli.reading import local_copy_of
from iai_proxy.saying import say, show

if TYPE_CHECKING:
    from iai_proxy.editing.merge import Merged
    from iai_proxy.sources import Source

#: How many values of a label are quoted.
_QUOTED = 3


@click.command("merge")
@files_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The recording to make.",
)
def command(sources: tuple[Source, ...], output: Path) -> None:
    """Make one recording of several: a replay of it answers what a replay of any would.

    The calls stay in their order, recording after recording, the one that begins first at first.
    Simulations stay what they are. A call that several have, as they are pieces of one recording,
    is taken once. Labels stay that no recording contradicts.

    \b
    iai-proxy merge monday.iairec tuesday.iairec -o week.iairec
    """
    from iai_proxy.editing.merge import merge

    if len(sources) < 2:
        raise click.UsageError("name two recordings or more; one that is named twice counts once")
    context = click.get_current_context()
    names = {local_copy_of(source, context): source.name for source in sources}
    result = merge(list(names), output)
    for line in _lines(result, output, names):
        show(line)
    for line in _warnings(result, output):
        say(line)


def _lines(result: Merged, output: Path, names: Mapping[Path, str]) -> Iterator[str]:
    """Say what was taken of each recording."""
    from iai_proxy.text import plural

    calls, simulations = plural(result.calls, "call"), plural(result.simulations, "simulation")
    yield f"{calls}, {simulations}, {plural(result.steps, 'step')} in {output}"
    before = 0
    for file in result.files:
        after = before + file.simulations
        now = ""
        if file.simulations and result.is_alike:
            last = f" to {after}" if file.simulations > 1 else ""
            now = f", now {'simulations' if last else 'simulation'} {before + 1}{last}"
        doubled = f"; {file.doubled} are there already" if file.doubled else ""
        yield f"  {names[file.path]}: {plural(file.calls, 'call')}{now}{doubled}"
        before = after


def _warnings(result: Merged, output: Path) -> Iterator[str]:
    from iai_proxy.text import first_few, printable

    for key, values in result.disputed.items():
        told = first_few((repr(printable(value)) for value in values), _QUOTED)
        yield (
            f"the label {key} is left out, as the recordings differ ({told}): "
            f"`iai-proxy label {output} {key}=VALUE` sets it"
        )
    if result.is_alike is False:
        yield (
            "warning: the simulations are not those of the recordings: some of these sent and "
            f"answered the same, so that their calls fit each other; see `iai-proxy show {output}`"
        )
