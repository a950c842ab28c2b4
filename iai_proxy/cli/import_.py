"""``iai-proxy import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import say
from iai_proxy.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iai_proxy.logs.importing import Imported

_SHOWN = 10


@click.command("import")
@click.argument("log", metavar="LOG.json", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The recording to make.",
)
def command(log: Path, output: Path) -> None:
    """Turn a debug log of the Python or the C++ SDK into a recording.

    The SDKs pair requests and responses by position, which is wrong for calls made at the same time
    and after a call that failed: such pairs are repaired. Large calls are divided into the calls
    they are made of, where the log does not have those as well.
    """
    from iai_proxy.logs.importing import import_debug_log

    result = import_debug_log(log, output)
    for problem in result.problems:
        say(f"warning: {problem}")
    for line in _lines(result, output):
        click.echo(line)


def _lines(result: Imported, output: Path) -> Iterator[str]:
    """One line for each count; those that are zero and need no telling are left out."""
    yield f"{plural(result.calls, 'call')} imported into {output}"
    yield f"{plural(result.repaired, 'wrong pair')} repaired"
    if result.doubtful:
        more = f" and {len(result.doubtful) - _SHOWN} more" if len(result.doubtful) > _SHOWN else ""
        shown = ", ".join(map(str, result.doubtful[:_SHOWN]))
        yield f"{plural(len(result.doubtful), 'pair')} doubtful, another request fits as well: call {shown}{more}"
    if result.unanswered:
        yield f"{plural(result.unanswered, 'request')} without a response in the log"
    if result.orphans:
        yield f"{plural(result.orphans, 'response')} left out: no request in the log fits"
    if result.redundant:
        yield f"{plural(result.redundant, 'large entry', 'large entries')} left out: the calls made for them are there"
    if result.divided:
        yield f"{plural(result.divided, 'large entry', 'large entries')} divided into calls"
