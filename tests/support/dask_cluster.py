"""A small Dask cluster on this machine, as a user's would be elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def dask_cluster(workers: int = 2) -> Iterator[Any]:
    """Give the cluster, with its ``scheduler_address``."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=60,
        scheduler_kwargs={"allowed_failures": 1},
    ) as started:
        yield started
