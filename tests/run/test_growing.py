"""A recording that is read while it is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene.test_growing import Recorded
from support.worlds import Held

import iai_proxy
from iai_proxy.run.rows import Rows

LOCKS = Path("/proc/locks")


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[Recorded, list[Held]]]:
    """Two agents after three steps, still being written."""
    recorded = Recorded(tmp_path / "run.iairec")
    agents = recorded.drive(recorded.world.initialize(2), 3)
    recorded.write()
    yield recorded, agents
    recorded.close()


def test_what_is_new_is_seen_when_it_is_looked_for(
    tmp_path: Path, written: tuple[Recorded, list[Held]]
) -> None:
    recorded, agents = written
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        assert run.is_growing
        before = run.simulations[0]
        assert (len(run.calls), len(before.steps)) == (4, 4)
        agents = recorded.drive(agents, 2)
        recorded.write()
        assert (len(run.calls), len(list(run.calls)), len(run.simulations[0].steps)) == (4, 4, 4)
        assert run.refresh() == 2
        assert (len(run.calls), len(list(run.calls)), len(run.simulations[0].steps)) == (6, 6, 6)
        last = run.simulations[0].steps[-1]
        assert [list(agent.state) for agent in last.agents] == [held.state for held in agents]
        assert run.refresh() == 0
        assert len(list(before.steps)) == 4  # what was taken before stays as it was
        recorded.close()
        assert run.refresh() == 0
        assert not run.is_growing
        assert len(run.simulations[0].steps) == 6


def test_calls_that_came_before_the_steps_were_looked_at_do_not_count(
    tmp_path: Path, written: tuple[Recorded, list[Held]]
) -> None:
    recorded, agents = written
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        recorded.drive(agents, 2)
        recorded.write()
        assert (len(run.calls), len(run.simulations[0].steps)) == (4, 4)


def test_a_writer_that_ends_meanwhile_leaves_no_other_files(
    tmp_path: Path, written: tuple[Recorded, list[Held]]
) -> None:
    recorded, _ = written
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        assert len(list(run.steps)) == 4
        recorded.close()
        assert [path.name for path in tmp_path.iterdir()] == ["run.iairec"]
        assert len(list(run.calls)) == 4


def test_the_last_step_of_a_large_run_is_there_once_it_has_all_its_parts(tmp_path: Path) -> None:
    """Of three parts two are written: the run was going on a moment ago, by the clock of here."""
    recorded = Recorded(tmp_path / "run.iairec")
    parts = [([0, 1], [2]), ([2, 3], [1]), ([4, 5], [0])]
    agents = recorded.world.large_drive(recorded.world.initialize(6), parts)
    recorded.world.large_drive(agents, parts)
    recorded.write(but=1)
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        assert len(run.simulations[0].steps[1].calls) == 3
        recorded.write()
        recorded.close()
        assert run.refresh() == 1
        assert len(run.simulations[0].steps[-1].calls) == 3
        assert len(run.simulations[0].steps[-1].agents) == 6


def test_reading_what_this_process_writes_leaves_the_writers_locks(
    tmp_path: Path, written: tuple[Recorded, list[Held]]
) -> None:
    """Closing any descriptor of a file drops the locks that SQLite has on it in this process."""
    if not LOCKS.exists():
        pytest.skip("only Linux lists locks")
    path = tmp_path / "run.iairec"
    held = locks_on(path)
    assert held
    with iai_proxy.open(path) as run:
        assert len(list(run.steps)) == 4
        assert run.refresh() == 0
    assert locks_on(path) == held


def locks_on(path: Path) -> list[str]:
    """The POSIX locks that this process has on a file: what kind, from where to where."""
    node = path.stat().st_ino
    lines = [line.split()[1:] for line in LOCKS.read_text().splitlines()]
    return sorted(
        f"{kind} {begin} {end}"
        for how, _, kind, pid, file, begin, end in (line for line in lines if len(line) == 7)
        if how == "POSIX" and pid == str(os.getpid()) and file.endswith(f":{node}")
    )


@pytest.mark.parametrize("table", ["agents", "calls", "lights", "findings", "simulations"])
def test_a_table_has_what_is_iterated_over(
    tmp_path: Path, written: tuple[Recorded, list[Held]], table: str
) -> None:
    """What comes later is in neither, whether it is there before the rows are taken or after."""
    pytest.importorskip("pyarrow")
    recorded, agents = written
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        alone = rows_of(run, table).arrow()
        before = rows_of(run, table)
        agents = recorded.drive(agents, 2)
        recorded.drive(recorded.world.initialize(1), 1)
        recorded.write()
        for rows in (before, rows_of(run, table)):
            assert rows.arrow().equals(alone)
        assert run.refresh() == 4
        assert before.arrow().equals(alone)
        now = rows_of(run, table)
        assert now.arrow().num_rows == len(list(now))
    assert alone.num_rows == {"agents": 8, "calls": 4, "lights": 0, "simulations": 1}.get(
        table, alone.num_rows
    )


def rows_of(run: iai_proxy.Run, table: str) -> Rows[object]:
    rows = getattr(run, table)
    return rows if table in ("calls", "simulations") else rows()


def test_findings_of_a_growing_run_are_of_the_calls_that_it_has(
    tmp_path: Path, written: tuple[Recorded, list[Held]]
) -> None:
    recorded, agents = written
    with iai_proxy.open(tmp_path / "run.iairec") as run:
        before = list(run.findings())
        agents[0].state[0] += 1000.0  # far away, from one step to the next
        recorded.drive(agents, 1)
        recorded.write()
        assert list(run.findings(egos=[])) == before
        run.refresh()
        assert list(run.findings()) != before
