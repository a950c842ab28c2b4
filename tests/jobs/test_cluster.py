"""A function over many items on a Dask cluster: the outcomes are those of one process."""

from __future__ import annotations

import pickle
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from support import jobs
from support.dask_cluster import dask_cluster

pytest.importorskip("distributed")

from distributed import Client

from iai_proxy import __version__
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.jobs import Dask, Local, Outcome, cluster, each
from iai_proxy.jobs.outcome import DEADLY

pytestmark = pytest.mark.xdist_group("dask")


@pytest.fixture(scope="module")
def on() -> Iterator[Dask]:
    with dask_cluster() as started:
        yield Dask(started.scheduler_address, patience_s=10)


def test_outcomes_are_those_of_one_process(on: Dask, tmp_path: Path) -> None:
    for function in (jobs.squared_if_even, jobs.slow_at_first, jobs.faulty):
        assert list(each(function, range(40), on=on)) == list(each(function, range(40), on=Local()))
    absent = [tmp_path / "no", tmp_path / "none"]
    assert list(each(jobs.missing, absent, on=on)) == list(each(jobs.missing, absent, on=Local()))


def test_an_item_that_ends_each_worker_costs_no_other_item(on: Dask) -> None:
    found = list(each(jobs.deadly_at_seven, range(12), on=on))
    assert [outcome.result for outcome in found] == [*range(7), None, *range(8, 12)]
    assert found[7] == Outcome(None, DEADLY, 1)


def test_a_worker_that_is_killed_costs_no_result(on: Dask, tmp_path: Path) -> None:
    marks = [tmp_path / str(number) for number in range(3)]
    found = [outcome.result for outcome in each(jobs.deadly_once, marks, on=on)]
    assert found == ["0", "1", "2"]


def test_work_of_another_version_is_not_done() -> None:
    outcome = pickle.loads(cluster.worked("0.0.1", b"not even read"))
    assert outcome.error == (
        f"a worker has iai-proxy {__version__}, and not 0.0.1, which asks: install the same "
        "version on all workers"
    )


def test_workers_that_can_not_do_it_are_said() -> None:
    with dask_cluster() as started, Client(started, set_as_default=False) as client:
        address = started.scheduler_address
        first, second = client.nthreads()
        client.run(jobs.become, "0.0.1", workers=[first])
        said = f"1 worker of 2 at {address} does not have iai-proxy {__version__}, which asks: "
        with pytest.raises(UsageError, match=re.escape(f"{said}{first} has 0.0.1; install the")):
            list(each(jobs.squared, [1], on=Dask(address)))
        client.run(jobs.become, None, workers=[second])
        said = f"2 workers of 2 at {address} do not have iai-proxy {__version__}, which asks: "
        with pytest.raises(UsageError, match=f"^{re.escape(said)}.*{second} has none"):
            list(each(jobs.squared, [1], on=Dask(address)))


def test_a_cluster_that_loses_all_workers_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_LOOK_S", 0.1)
    with dask_cluster() as started:
        on = Dask(started.scheduler_address, patience_s=0.5)
        outcomes = each(jobs.process_id, range(300), on=on)
        assert next(outcomes).error is None
        started.scale(0)
        with pytest.raises(IaiProxyError, match="has lost its last worker: start some with"):
            list(outcomes)


def test_a_scheduler_that_ends_is_said() -> None:
    with ExitStack() as stack:
        on = Dask(stack.enter_context(dask_cluster()).scheduler_address, patience_s=0.5)
        outcomes = each(jobs.process_id, range(300), on=on)
        assert next(outcomes).error is None
        stack.close()
        with pytest.raises(IaiProxyError, match="has ended, or can't be reached any more"):
            list(outcomes)


def test_few_items_are_ahead_on_a_cluster(on: Dask, tmp_path: Path) -> None:
    outcomes = each(partial(jobs.noted, tmp_path), range(200), on=on)
    assert next(outcomes).result == 0
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) < 20
    outcomes.close()


def test_no_scheduler_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        silent = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"^no Dask scheduler answers at {silent}: start one"):
            list(each(jobs.squared, [1], on=Dask(silent, patience_s=0.5)))


@pytest.mark.parametrize("address", ["scheduler", "http://10.0.0.5:8786", "tcp://"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(UsageError, match="is no address of a Dask scheduler"):
        list(each(jobs.squared, [1], on=Dask(address)))


def test_no_workers_are_said() -> None:
    with (
        dask_cluster(workers=0) as started,
        pytest.raises(UsageError, match="has no workers: start some with `dask worker tcp://127"),
    ):
        list(each(jobs.squared, [1], on=Dask(started.scheduler_address, patience_s=0.5)))


def test_a_cluster_of_our_own_gives_the_same() -> None:
    assert [done.result for done in each(jobs.squared, range(5), on=Dask("local", 2))] == [
        0, 1, 4, 9, 16,
    ]  # fmt: skip
