"""``iai-proxy import``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.reading import READ
from iai_proxy.saying import say, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iai_proxy.logs.importing import Imported

#: How many doubtful pairs to list.
_SHOWN = 10


@click.command("import")
@click.argument("log", metavar="LOG.json", type=READ)
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
    that they are made of, unless the log has those as well. A log that can't be read, or not to its
    end, gives exit code 3; what can be read of it is imported all the same.
    """
    from iai_proxy.logs.importing import import_debug_log

    result = import_debug_log(log, output)
    for problem in result.problems:
        say(f"warning: {problem}")
    for line in _lines(result, output):
        show(line)
    sys.exit(0 if result.is_whole else 3)


def _lines(result: Imported, output: Path) -> Iterator[str]:
    """Say what was imported; counts that are zero and of no interest are left out."""
    from iai_proxy.text import plural

    yield f"{plural(result.calls, 'call')} imported into {output}"
    yield f"{plural(result.repaired, 'wrong pair')} repaired"
    if result.doubtful:
        numbers = ", ".join(map(str, result.doubtful[:_SHOWN]))
        hidden = len(result.doubtful) - _SHOWN
        more = f" and {hidden} more" if hidden > 0 else ""
        pairs = plural(len(result.doubtful), "pair")
        yield f"{pairs} doubtful, another request fits as well: call {numbers}{more}"
    if result.unanswered:
        yield f"{plural(result.unanswered, 'request')} without a response in the log"
    if result.orphans:
        yield f"{plural(result.orphans, 'response')} left out: no request in the log fits"
    if result.redundant:
        large = plural(result.redundant, "large call")
        yield f"{large} left out: the calls made for them are in the log"
    if result.divided:
        yield f"{plural(result.divided, 'large call')} divided into the calls that they are made of"
