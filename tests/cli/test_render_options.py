"""Steps are read as they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.scenes import circling

from iai_proxy.cli.render_options import with_details
from iai_proxy.diagnosis.check import Located
from iai_proxy.scene import Scene, SimulationInfo

WHOLE = circling(2, 450)


class Asked:
    """A run that notes what is read of it."""

    def __init__(self) -> None:
        self.read: list[range] = []

    @property
    def simulations(self) -> tuple[SimulationInfo, ...]:
        return (WHOLE.simulation,)

    def scene(
        self,
        simulation: int = 1,
        branch: int | None = None,
        steps: range | None = None,
        *,
        details: bool = True,
        problems: Sequence[Located] = (),
    ) -> Scene:
        assert steps is not None
        self.read.append(steps)
        return replace(WHOLE, frames=[WHOLE.frames[step] for step in steps])


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ([7], [range(7, 8)]),
        ([0, 20, 40], [range(1), range(20, 21), range(40, 41)]),
        (range(50, 330), [range(50, 150), range(150, 250), range(250, 330)]),
        (range(200), [range(100), range(100, 200)]),
        ([3, 4, 5, 9, 10], [range(3, 6), range(9, 11)]),
    ],
)
def test_only_what_is_drawn_is_read_some_at_a_time(shown: Sequence[int], read: list[range]) -> None:
    run = Asked()
    plain = replace(WHOLE, frames=[replace(frame, lights=None) for frame in WHOLE.frames])
    parts = list(with_details(run, plain, shown))
    assert run.read == read
    assert [step for _, part in parts for step in part] == list(shown)
    for scene, part in parts:
        for frame in scene.frames:
            assert (frame.lights is not None) == (frame.step in part)
