"""``-j`` and ``--scheduler``: where a command of many recordings works on them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from iai_proxy.cli.options import progress_bar

if TYPE_CHECKING:
    from iai_proxy.jobs import Outcome, Workers
    from iai_proxy.sources import Source

Item = TypeVar("Item")
Result = TypeVar("Result")

#: What ``-j`` takes for as many processes as there are cores.
_AUTO: Final = "auto"


def workers_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-j N`` and ``--scheduler ADDRESS``; the command gets them as ``on``."""

    @functools.wraps(command)
    def run(*positional: Any, processes: str | None, scheduler: str | None, **given: Any) -> Any:
        return command(*positional, on=_workers(processes, scheduler), **given)

    decorated = click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Work on a Dask cluster, whose workers have this iai-proxy and read files by the same "
        "paths or URLs: the address of its scheduler, such as tcp://10.0.0.5:8786. `local` starts "
        "a cluster on this machine.",
    )(run)
    return click.option(
        "-j",
        "--jobs",
        "processes",
        metavar="N",
        help="Work in N processes; 0 or auto: as many as there are cores. [default: 1]",
    )(decorated)


def _workers(processes: str | None, scheduler: str | None) -> Workers:
    """Return where to work.

    Raises:
        UsageError: the two contradict each other, or make no sense.
    """
    from iai_proxy.errors import UsageError
    from iai_proxy.jobs import Dask, Local
    from iai_proxy.jobs.workers import LOCAL, cores

    number = None
    if processes is not None:
        if processes != _AUTO and not processes.isdecimal():
            raise UsageError(f"-j {processes} is no number of processes: give one, or {_AUTO}")
        number = 0 if processes == _AUTO else int(processes)
        number = number or cores()
    if scheduler is None:
        return Local(number or 1)
    if scheduler != LOCAL and number is not None:
        raise UsageError(
            f"-j is about processes of this machine, and {scheduler} has workers of its own: "
            "leave one of the two out"
        )
    return Dask(scheduler, number)


def outcomes(
    function: Callable[[Item], Result], items: Sequence[Item], on: Workers, label: str | None
) -> Iterator[Outcome[Result]]:
    """Yield what comes of each item, in order, with a bar that shows how far it is.

    Args:
        function: of a module.
        items: recordings, by :func:`reachable`, or what holds them.
        on: where.
        label: of the bar; None for no bar.
    """
    from iai_proxy.jobs import each

    if label is None:
        with closing(each(function, items, on=on)) as found:
            yield from found
        return
    with progress_bar(len(items), label) as bar:

        def tell(done: int, _count: int) -> None:
            bar.update(done - bar.pos)

        with closing(each(function, items, on=on, tell=tell)) as found:
            yield from found


def reachable(sources: Sequence[Source], on: Workers) -> list[Source]:
    """Return recordings as workers find them, wherever these run."""
    from iai_proxy.jobs import Dask
    from iai_proxy.sources.shared import shared

    return list(map(shared, sources)) if isinstance(on, Dask) else list(sources)
