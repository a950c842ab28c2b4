"""The index of a run that is being written."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene.test_growing import Recorded, read  # type: ignore[import-not-found]

from iai_proxy.scene.growing import GrowingRun
from iai_proxy.view.indexing import index_of_run


def last_step(run: GrowingRun, *, live: bool) -> int:
    (simulation,) = index_of_run(run, "run.iairec", live=live)["simulations"]
    return int(simulation["branches"][0]["last"])


def test_the_newest_step_of_a_large_call_is_shown_once_its_parts_are_there(tmp_path: Path) -> None:
    made = Recorded(tmp_path / "run.iairec")
    agents = made.world.initialize(4)
    for _ in range(3):
        agents = made.world.large_drive(agents, [([0, 1], [2]), ([2, 3], [1])])
    made.write()
    run = GrowingRun(tmp_path / "run.iairec")
    read(run)
    assert (last_step(run, live=True), last_step(run, live=False)) == (2, 3)
    run.close()
    made.close()


@pytest.mark.parametrize("live", [True, False])
def test_an_ordinary_step_is_shown_at_once(tmp_path: Path, live: bool) -> None:
    made = Recorded(tmp_path / "run.iairec")
    made.drive(made.world.initialize(2), 3)
    made.write()
    run = GrowingRun(tmp_path / "run.iairec")
    read(run)
    assert last_step(run, live=live) == 3
    run.close()
    made.close()


def test_there_is_an_index_of_nothing() -> None:
    assert index_of_run(None, "run.iairec")["simulations"] == []
