"""Runs mitmproxy on a thread of this process, beside its other work: for tests and notebooks."""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from iai_proxy.proxy.embed import ProxySpec, run_proxy
from iai_proxy.session.background import THREADS, only_one
from iai_proxy.settings.listen import Bound


async def _nothing() -> None:
    """Have nothing left to do."""


@contextmanager
def background_proxy(
    spec: ProxySpec,
    addons: Callable[[], Sequence[Any]],
    at_end: Callable[[], Awaitable[Any]] = _nothing,
) -> Iterator[Bound]:
    """Run a proxy while the block runs, and give the addresses that it listens on.

    Args:
        spec: the set-up.
        addons: called on the proxy's thread, once it has an event loop.
        at_end: awaited there after the block, while the proxy still answers.

    Raises:
        UsageError: a proxy runs in this process already, or an address can't be listened on.
    """
    bound: Future[Bound] = Future()
    stopped: Future[None] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_run(spec, addons, at_end, bound, stopped)),
        name=f"{THREADS}-loop",
        daemon=True,
    )
    with only_one(), warnings.catch_warnings():
        # If warnings are errors, as in many test suites, a warning of mitmproxy's would break every
        # TLS handshake.
        warnings.filterwarnings("ignore", module="mitmproxy")
        thread.start()
        try:
            yield bound.result()
        finally:
            stopped.set_result(None)
            thread.join()


async def _run(
    spec: ProxySpec,
    addons: Callable[[], Sequence[Any]],
    at_end: Callable[[], Awaitable[Any]],
    bound: Future[Bound],
    stopped: Future[None],
) -> None:
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(4, thread_name_prefix=THREADS)
    )

    async def job(addresses: Bound) -> int:
        bound.set_result(addresses)
        await asyncio.wrap_future(stopped)
        await at_end()
        return 0

    try:
        await run_proxy(spec, addons(), job)
    except BaseException as error:
        if bound.done():
            raise
        bound.set_exception(error)
