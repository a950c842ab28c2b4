"""A way to a Dask cluster that can do our work; a cluster of our own where none is named."""

from __future__ import annotations

import asyncio
import logging
import pkgutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from iai_proxy import __version__
from iai_proxy.errors import UsageError
from iai_proxy.extras import require
from iai_proxy.jobs.workers import LOCAL, Dask, cores
from iai_proxy.text import first_few, numbered, plural

#: No message has this level.
_SILENT: Final = logging.CRITICAL + 1
#: How many workers a sentence names.
_NAMED: Final = 3
#: Nothing is served beside the work.
_NO_PAGES: Final[dict[str, list[str]]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def connected(on: Dask, items: int) -> Iterator[Any]:
    """Give a client of the cluster while the block runs; what is under way then is dropped.

    Args:
        on: the cluster.
        items: how much there is to do.

    Raises:
        UsageError: the extra is missing, the scheduler can't be reached, there are no workers, or
            they don't have this version of iai-proxy.
    """
    require("distributed", extra="cluster", what="--scheduler")
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if on.address == LOCAL:
            client = stack.enter_context(_own_cluster(min(on.processes or cores(), items) or 1))
        else:
            client = stack.enter_context(_client(on))
        _refuse_no_workers(client, on)
        _refuse_other_versions(client, on)
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave it to us to say what is wrong. Some of Dask's loggers have levels of their own."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(_SILENT)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _own_cluster(processes: int) -> Iterator[Any]:
    """Start processes that only this one can use: loopback, and TLS with keys that no one has."""
    import dask
    from distributed import Client, LocalCluster

    with (
        tempfile.TemporaryDirectory(prefix="iai-proxy-", ignore_cleanup_errors=True) as folder,
        dask.config.set(_NO_PAGES),
        LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            host="127.0.0.1",
            security=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # None is a port that all know
            silence_logs=_SILENT,
            local_directory=folder,
            preload=["iai_proxy.jobs.uninterrupted"],
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _client(on: Dask) -> Iterator[Any]:
    from distributed import Client

    address = on.address if "://" in on.address else f"tcp://{on.address}"
    try:
        asyncio.run(_asked(address, on.patience_s))
        client = Client(address, timeout=on.patience_s, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {on.address}: start one with `dask scheduler`, and give "
            f"the address that it prints, or `--scheduler {LOCAL}` to start one here"
        ) from error
    except (ValueError, ImportError, AssertionError) as error:
        raise UsageError(
            f"--scheduler {on.address} is no address of a Dask scheduler ({error}): give one such "
            f"as tcp://10.0.0.5:8786, or {LOCAL}"
        ) from error
    with client:
        yield client


async def _asked(address: str, patience_s: float) -> None:
    """Ask a scheduler who it is: a client that gets no answer would never be quite gone.

    Raises:
        OSError: there is no answer.
    """
    from distributed import Security
    from distributed.comm.core import connect

    arguments = Security().get_connection_args("client")
    async with asyncio.timeout(patience_s):  # of those who take all and say nothing, too
        connection = await connect(address, timeout=patience_s, **arguments)
    connection.abort()


def _refuse_no_workers(client: Any, on: Dask) -> None:
    try:
        client.wait_for_workers(1, timeout=on.patience_s)
    except TimeoutError as error:
        raise UsageError(
            f"the scheduler at {on.address} has no workers: start some with "
            f"`dask worker {on.address}`"
        ) from error


def _refuse_other_versions(client: Any, on: Dask) -> None:
    """Make sure that all workers have this version. What asks them needs nothing of ours."""
    found = client.run(pkgutil.resolve_name, "iai_proxy:__version__", on_error="return")
    if wrong := list(_wrong(found)):
        raise UsageError(
            f"{plural(len(wrong), 'worker')} of {len(found)} at {on.address} "
            f"{numbered(len(wrong), 'does', 'do')} not have iai-proxy {__version__}, which asks: "
            f"{first_few(wrong, _NAMED)}; install the same version on all workers"
        )


def _wrong(found: Mapping[str, object]) -> Iterator[str]:
    for worker, version in found.items():
        if isinstance(version, ImportError | AttributeError):
            yield f"{worker} has none"
        elif isinstance(version, str) and version != __version__:
            yield f"{worker} has {version}"
        # One that gave no answer has just ended; another in its place tells its version itself.
