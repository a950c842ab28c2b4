"""A function over many items, wherever."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from iai_proxy.jobs.outcome import Outcome, Tell, outcome_of
from iai_proxy.jobs.workers import Dask, Local, Workers

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    on: Workers,
    tell: Tell | None = None,
) -> Generator[Outcome[Result], None, None]:
    """Yield what a function makes of each item, in the order of the items.

    Only a few items more than there are workers are under way, or done and not yet taken. Close
    the iterator, or use it up, and no process is left.

    Args:
        function: of a module; it takes an item and returns a value that can be pickled.
        items: values that can be pickled.
        on: where.
        tell: called with how many items are done whenever there are more, and with how many there
            are.

    Raises:
        UsageError: the cluster can't be used.
        IaiProxyError: it can't be used any longer.
    """
    match on:
        case Local(processes) if min(processes, len(items)) > 1:
            from iai_proxy.jobs.processes import in_processes

            yield from in_processes(function, items, min(processes, len(items)), tell)
        case Local():
            for done, item in enumerate(items, start=1):
                outcome = outcome_of(function, item)
                if tell:
                    tell(done, len(items))
                yield outcome
        case Dask():
            from iai_proxy.jobs.cluster import on_cluster

            yield from on_cluster(function, items, on, tell)
