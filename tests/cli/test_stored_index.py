"""Whatever reads a recording says the same with the index that is stored in it, and without one."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from support.cli import Cli
from support.exchanges import exchange, request, response
from support.recordings import change, write
from support.worlds import World

from iai_proxy.api import Exchange
from iai_proxy.recordings import Recording

READ = (
    ("show", "run.iairec"),
    ("show", "run.iairec", "--json"),
    ("calls", "run.iairec"),
    ("calls", "run.iairec", "--json"),
    ("diagnose", "run.iairec", "--format", "json"),
    ("step", "run.iairec", "1"),
    ("diff", "run.iairec", "other.iairec", "--json"),
)
EXPORTED = ("debug-log", "scenario")


def exchanges_of(world: World) -> list[Exchange]:
    return [
        replace(
            exchange(
                request(sent, target=f"/v0/aws/m1/{seen.call.endpoint}"),
                response(got, status=seen.call.status or 0),
            ),
            connection=seen.call.connection,
        )
        for seen, (sent, got) in zip(world.observations, world.bodies, strict=True)
    ]


def world_of(seed: int) -> World:
    """Two simulations by turns, with newcomers, leavers, large calls, forks and failures."""
    world, draw = World(seed), random.Random(seed)
    known = [world.initialize(5), world.initialize(3)]
    for step in range(10):
        agents = known[draw.choice([-1, -2, draw.randrange(len(known))])]
        if step % 4 == 1:
            agents = [*agents[1:], world.newcomer()]
        if step % 4 == 2:
            world.exchange("drive", "c1", world.drive_request(agents), None, status=503)
        if step % 3 == 0:
            known.append(
                world.large_drive(
                    agents,
                    [([0, 1], [2]), ([2], [0])]
                    if len(agents) == 3
                    else [([0, 1], [2, 3, 4]), ([2, 3, 4], [0])],
                )
            )
        else:
            known.append(world.drive(agents))
    return world


def outputs(cli: Cli) -> list[tuple[int, str, str]]:
    found = []
    for arguments in READ:
        done = cli.invoke(*arguments)
        found.append((done.exit_code, done.stdout, done.stderr))
    for name in EXPORTED:
        done = cli.invoke("export", name, "run.iairec", "-o", "out.json")
        out = cli.folder / "out.json"
        found.append((done.exit_code, out.read_text() if out.exists() else "", done.stderr))
        out.unlink(missing_ok=True)
    return found


def is_stored(path: Path) -> bool:
    with Recording(path) as recording:
        return recording.stored_lineage() is not None


@pytest.mark.parametrize("seed", range(3))
def test_outputs_are_the_same(cli: Cli, seed: int) -> None:
    run = cli.folder / "run.iairec"
    made = exchanges_of(world_of(seed))
    write(cli.folder / "other.iairec", *exchanges_of(world_of(seed + 1)))
    write(run, *made[:8])
    write(run, *made[8:], append=True)
    assert is_stored(run)
    stored = outputs(cli)
    assert [code for code, _, _ in stored[:4]] == [0, 0, 0, 0]
    change(run, "DELETE FROM derived")
    assert not is_stored(run)
    assert outputs(cli) == stored
