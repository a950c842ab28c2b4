"""A recording that is read while it is written, or in batches, ends as it would read at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import START_NS, exchange, request, response
from support.worlds import Held, World

from iai_proxy.api import Call, Exchange
from iai_proxy.diagnosis.check import Finding, Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.errors import InputError
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.scene.growing import GrowingRun
from iai_proxy.scene.recorded import RecordedRun


class Recorded:
    """Writes what happens in a world, when it is told to."""

    def __init__(self, path: Path) -> None:
        self.world = World()
        self._writer = RecordingWriter(path)
        self._written = 0

    def write(self, *, status: int = 200, but: int = 0) -> None:
        """Write what has happened since, but for the last few calls."""
        happened = list(zip(self.world.observations, self.world.bodies, strict=True))
        new = happened[self._written : len(happened) - but]
        for seen, (sent, got) in new:
            made = exchange_of(seen.call, sent, got, status)
            self._writer.append(lambda made=made: made).result(20)
        self._written += len(new)

    def drive(self, agents: list[Held], times: int) -> list[Held]:
        for _ in range(times):
            agents = self.world.drive(agents)
        return agents

    def close(self) -> None:
        self._writer.close()


def exchange_of(call: Call, sent: bytes, got: bytes, status: int) -> Exchange:
    """The exchange of a call, a millisecond for each tick of the world's clock."""
    begun, ended = (START_NS + 1_000_000 * ticks for ticks in (call.started_ns, call.ended_ns))
    asked = request(sent, target=f"/v0/aws/m1/{call.endpoint}")
    made = exchange(
        replace(asked, started_ns=begun, ended_ns=begun),
        replace(response(got, status=status), started_ns=ended, ended_ns=ended),
    )
    return replace(made, connection=call.connection, ended_ns=ended)


@contextmanager
def growing(path: Path) -> Iterator[tuple[Recorded, GrowingRun]]:
    recorded = Recorded(path)
    run = GrowingRun(path)
    try:
        yield recorded, run
    finally:
        run.close()
        recorded.close()


def read(run: GrowingRun) -> bool:
    """Poll until all is read, whatever it cost before."""
    found = False
    run.more = True
    while run.more:
        found = run.poll() or found
    return found


def steps_of(run: Any) -> Sequence[int]:
    return [frame.step for frame in run.scene().frames]


def test_a_run_is_seen_while_it_is_written(tmp_path: Path) -> None:
    with growing(tmp_path / "run.iairec") as (recorded, run):
        assert not read(run)
        assert run.simulations == ()
        agents = recorded.world.initialize(2)
        recorded.write()
        assert read(run)
        assert run.changes == {(1, 1): 0}
        assert steps_of(run) == [0]
        agents = recorded.drive(agents, 3)
        recorded.write()
        assert read(run)
        assert run.changes == {(1, 1): 0}  # how step 0 was gone on with is known only now
        assert steps_of(run) == [0, 1, 2, 3]
        recorded.drive(agents, 1)
        recorded.write()
        assert read(run)
        assert run.changes == {(1, 1): 3}
        assert not read(run)


def test_a_branch_that_comes_later_changes_no_other(tmp_path: Path) -> None:
    with growing(tmp_path / "run.iairec") as (recorded, run):
        begin = recorded.world.initialize(2)
        recorded.drive(begin, 3)
        recorded.write()
        assert read(run)
        recorded.drive(begin, 1)
        recorded.write()
        assert read(run)
        assert run.changes == {(1, 2): 0}


def test_batches_grow_and_end_as_the_whole_recording(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with growing(path) as (recorded, run):
        recorded.drive(recorded.world.initialize(1), 299)
        recorded.write()
        lengths = []
        while run.more:
            assert run.poll()
            lengths.append(len(steps_of(run)))
        assert lengths == [100, 200, 300]
        with Recording(path) as recording:
            assert run.scene() == RecordedRun(recording).scene()


def test_scenes_are_made_on_other_threads_meanwhile(tmp_path: Path) -> None:
    with growing(tmp_path / "run.iairec") as (recorded, run), ThreadPoolExecutor(2) as pool:
        recorded.drive(recorded.world.initialize(3), 399)
        recorded.write()
        assert run.poll()
        asked = [pool.submit(steps_of, run) for _ in range(20)]
        assert read(run)
        asked += [pool.submit(steps_of, run) for _ in range(20)]
        counts = [len(future.result(60)) for future in asked]
    assert counts[-1] == 400
    assert set(counts) <= {100, 200, 400}


HALVES = [([0, 1], [2]), ([2, 3], [1])]


def test_a_large_step_is_shown_when_all_its_parts_are_there(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    now_ns = START_NS
    with growing(path) as (recorded, _):
        run = GrowingRun(path, clock=lambda: 0.0, now_ns=lambda: now_ns)
        agents = recorded.world.initialize(4)
        agents = recorded.world.large_drive(agents, HALVES)
        agents = recorded.world.large_drive(agents, HALVES)
        recorded.write(but=1)
        read(run)
        assert steps_of(run) == [0, 1]
        recorded.world.large_drive(agents, HALVES)
        recorded.write()
        assert run.poll()
        assert steps_of(run) == [0, 1, 2]  # step 2 has another behind it, step 3 is not settled
        assert not run.poll()
        now_ns += 2_000_000_000
        assert run.poll()
        assert run.changes == {(1, 1): 2}
        assert steps_of(run) == [0, 1, 2, 3]
        assert [len(frame.agents) for frame in run.scene().frames] == [4] * 4
        assert not run.poll()
        run.close()


def test_a_large_step_of_a_machine_whose_clock_is_ahead_is_shown_too(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    now = 0.0
    with growing(path) as (recorded, _):
        run = GrowingRun(path, clock=lambda: now, now_ns=lambda: 0)
        recorded.world.large_drive(recorded.world.initialize(4), HALVES)
        recorded.write()
        assert run.poll()
        assert steps_of(run) == [0]
        now = 0.9
        assert not run.poll()
        now = 1.0
        assert run.poll()
        assert steps_of(run) == [0, 1]
        run.close()


def test_failures_are_counted(tmp_path: Path) -> None:
    with growing(tmp_path / "run.iairec") as (recorded, run):
        recorded.world.initialize(1)
        recorded.write(status=503)
        read(run)
        assert run.failures == 1
        assert run.simulations == ()


class Clock:
    """Goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_a_poll_is_followed_by_a_rest_three_times_as_long(tmp_path: Path) -> None:
    clock = Clock()
    with growing(tmp_path / "run.iairec") as (recorded, _):
        run = GrowingRun(tmp_path / "run.iairec", clock=clock)
        agents = recorded.world.initialize(1)
        recorded.write()
        assert run.poll()  # from second 1 to second 2
        recorded.drive(agents, 1)
        recorded.write()
        assert [run.poll() for _ in range(3)] == [False, False, True]  # at 3, 4 and 5
        run.close()


def test_what_is_no_recording_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no recording"):
        GrowingRun(tmp_path / "none.iairec")


def test_the_file_is_open_only_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with growing(path) as (recorded, run):
        recorded.drive(recorded.world.initialize(2), 3)
        recorded.write()
        assert read(run)
        steps_of(run)
        recorded.close()
        assert list(tmp_path.iterdir()) == [path]  # a plain file, as without a reader
        assert steps_of(run) == [0, 1, 2, 3]


def test_the_findings_of_a_branch_are_those_of_all_its_steps(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with growing(path) as (recorded, run):
        recorded.drive(recorded.world.initialize(2), 3)
        recorded.write()
        assert read(run)
        found = Finding(ALL[0].code, 1, 2, (1,), None, "an agent is wrong")
        located = [Located(1, ALL[0], found, 2, (2, 3))]
        (problem,) = run.problems(1, 1, located)
        assert (problem.first, problem.last, problem.agents, problem.call) == (1, 2, (1,), 2)
        assert run.scene(problems=located).problems == [problem]
