"""Items worked on by a Dask cluster.

A few more items than its workers have threads are submitted at once. When a worker dies, Dask tries
all items again that it had, and gives those up that lost a few workers, whichever item was to
blame. So an item that was given up is tried once more when no other is under way: only then it is
known that it ends whatever works on it.

The work is sent as pickles of ours, which name the function and hold no code.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any, Final, TypeVar
from uuid import uuid4

from iai_proxy import __version__
from iai_proxy.errors import IaiProxyError
from iai_proxy.jobs.connecting import connected
from iai_proxy.jobs.outcome import DEADLY, Outcome, Tell, failed, outcome_of
from iai_proxy.jobs.pickled import pickled
from iai_proxy.jobs.workers import Dask

Item = TypeVar("Item")
Result = TypeVar("Result")

#: How many items for each thread of the workers are under way, or done and not yet taken ...
_AHEAD: Final = 2
#: ... and how many besides.
_MORE_AHEAD: Final = 8
#: How long nothing may happen before the workers are looked at, and how old a look may be.
_LOOK_S: Final = 5.0


def on_cluster(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    on: Dask,
    tell: Tell | None = None,
) -> Iterator[Outcome[Result]]:
    """Yield what comes of each item, in order. See :func:`iai_proxy.jobs.each`.

    Raises:
        UsageError: the cluster can't be used.
        IaiProxyError: its scheduler or its last worker is gone.
    """
    with connected(on, len(items)) as client:
        work = _Work(client, function, on)
        for number, outcome in enumerate(work.outcomes(items), start=1):
            if tell:
                tell(number, len(items))
            yield outcome


def worked(version: str, work: bytes) -> bytes:
    """Do an item of work; this is what a worker runs.

    Args:
        version: of the iai-proxy that asks.
        work: the function and the item, pickled.

    Returns:
        the outcome, pickled.
    """
    if version != __version__:
        sentence = f"a worker has iai-proxy {__version__}, and not {version}, which asks"
        return pickled(failed(f"{sentence}: install the same version on all workers"))
    function, item = pickle.loads(work)  # noqa: S301
    return pickled(outcome_of(function, item))


class _Work:
    """The items that a cluster has, in order."""

    def __init__(self, client: Any, function: Callable[[Any], Any], on: Dask) -> None:
        self._client = client
        self._function = function
        self._on = on
        self._run = uuid4().hex
        self._submitted = 0
        self._under_way: deque[tuple[Any, Any]] = deque()
        self._threads = 0
        self._looked_at = 0.0
        self._last_seen = time.monotonic()

    def outcomes(self, items: Sequence[Any]) -> Iterator[Outcome[Any]]:
        following = iter(items)
        for _ in items:
            self._look(max_age_s=_LOOK_S)
            while len(self._under_way) < self._threads * _AHEAD + _MORE_AHEAD:
                try:
                    item = next(following)
                except StopIteration:
                    break
                self._under_way.append((item, self._submit(item)))
            item, future = self._under_way[0]
            yield self._outcome(item, future)
            self._under_way.popleft()

    def _submit(self, item: Any) -> Any:
        self._submitted += 1
        key = f"iai-proxy-{self._run}-{self._submitted}"
        work = pickle.dumps((self._function, item))
        return self._client.submit(worked, __version__, work, key=key, pure=False)

    def _outcome(self, item: Any, future: Any) -> Outcome[Any]:
        self._wait_for([future])
        if self._is_given_up(future):
            self._wait_for([other for _, other in self._under_way])
            future = self._submit(item)
            self._wait_for([future])
        return self._taken(future)

    def _wait_for(self, futures: Sequence[Any]) -> None:
        for future in futures:
            while not future.done():
                try:
                    future.exception(timeout=_LOOK_S)
                except TimeoutError:
                    self._look()
                except CancelledError as error:
                    raise self._gone() from error

    def _is_given_up(self, future: Any) -> bool:
        from distributed import KilledWorker

        return future.status == "error" and isinstance(future.exception(), KilledWorker)

    def _taken(self, future: Any) -> Outcome[Any]:
        if self._is_given_up(future):
            return failed(DEADLY)
        if future.status == "error":
            return failed(f"a worker could not do it ({future.exception()!r})")
        if future.status != "finished":
            raise self._gone()
        outcome: Outcome[Any] = pickle.loads(self._fetched(future))  # noqa: S301
        return outcome

    def _fetched(self, future: Any) -> bytes:
        """Return a result from the worker that has it, or that makes it again if that one ended."""
        patience_s = _LOOK_S
        while True:
            try:
                fetched: bytes = future.result(timeout=patience_s)
            except TimeoutError:
                self._look()
                patience_s *= 2  # a large one begins anew
            except (OSError, CancelledError) as error:
                raise self._gone() from error
            else:
                return fetched

    def _look(self, max_age_s: float = 0.0) -> None:
        """See how many workers there are.

        Raises:
            IaiProxyError: there has been none for too long, or the scheduler is gone.
        """
        now = time.monotonic()
        if now - self._looked_at < max_age_s:
            return
        try:
            threads = self._client.nthreads()
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        self._looked_at, self._threads = now, sum(threads.values())
        if threads:
            self._last_seen = now
        elif now - self._last_seen > self._on.patience_s:
            raise IaiProxyError(
                f"the cluster at {self._on.address} has lost its last worker: start some with "
                f"`dask worker {self._on.address}`, and run this again"
            )

    def _gone(self) -> IaiProxyError:
        return IaiProxyError(
            f"the scheduler at {self._on.address} has ended, or can't be reached any more: what "
            "was not done yet is missing"
        )
