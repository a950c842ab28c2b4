"""A recording of the calls of several."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from support.recordings import change
from support.runs import exchanges_of, query, record, simulations, told
from support.worlds import World

from iai_proxy.api import Exchange
from iai_proxy.cli.options import named_steps
from iai_proxy.editing.chosen import Wanted
from iai_proxy.editing.merge import merge
from iai_proxy.editing.trim import trim
from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording, verify
from iai_proxy.recordings.labelling import change_labels

MONDAY, TUESDAY = 1_700_000_000_000_000_000, 1_700_086_400_000_000_000


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.iairec"


def run(seed: int, agents: int = 3, steps: int = 3, location: str = "here") -> World:
    world = World(seed, location)
    held = world.initialize(agents)
    for _ in range(steps):
        held = world.drive(held)
    return world


def test_all_calls_are_there_as_they_were_the_earlier_recording_first(
    tmp_path: Path, out: Path
) -> None:
    monday = record(tmp_path / "z.iairec", exchanges_of(run(1), MONDAY))
    tuesday = record(tmp_path / "a.iairec", exchanges_of(run(2, agents=5), TUESDAY))
    merged = merge([tuesday, monday], out)
    assert (merged.calls, merged.simulations, merged.steps, merged.is_alike) == (8, 2, 8, True)
    assert [file.path for file in merged.files] == [monday, tuesday]
    expected = told(monday) + [replace(each, connection="c1-2") for each in told(tuesday)]
    assert told(out) == expected
    assert [[step[2] for step in tree] for tree in simulations(out)] == [[3] * 4, [5] * 4]
    assert verify(out).whole
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "a.iairec",
        "out.iairec",
        "z.iairec",
    ]


def test_runs_that_went_alike_stay_two_simulations(tmp_path: Path, out: Path) -> None:
    """As a service without chance answers: only the clock tells the two recordings apart."""
    monday = record(tmp_path / "monday.iairec", exchanges_of(run(1), MONDAY))
    tuesday = record(tmp_path / "tuesday.iairec", exchanges_of(run(1), TUESDAY))
    merged = merge([monday, tuesday], out)
    assert merged.is_alike
    assert [len(tree) for tree in simulations(out)] == [4, 4]


def test_pieces_of_one_recording_become_one_simulation_again(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "run.iairec", [*exchanges_of(run(1, steps=8)), query("test")])
    pieces = [tmp_path / f"{number}.iairec" for number in range(3)]
    for piece, steps in zip(pieces, ("5:8", "0:3", "3:6"), strict=True):
        trim(path, piece, Wanted(steps=partial(named_steps, steps)))
    merged = merge(pieces, out)
    assert [file.doubled for file in merged.files] == [0, 2, 3]  # the test call, too
    assert [len(tree) for tree in simulations(out)] == [9]
    assert sorted(map(_hash, told(out))) == sorted(map(_hash, told(path)))


def _hash(exchange: Exchange) -> tuple[bytes, int]:
    return exchange.request.body, exchange.ended_ns


def test_equal_names_of_large_calls_and_connections_are_told_apart(
    tmp_path: Path, out: Path
) -> None:
    uuid = "0b1c2d3e-0000-4000-8000-000000000001"
    names = ["connection-a", uuid, f"maps-{uuid}", "debug-log", "log:debug.json"]

    def calls(begin_ns: int) -> list[Exchange]:
        return [
            replace(each, connection=name, large="large-a")
            for name, each in zip(names, exchanges_of(run(1, steps=4), begin_ns), strict=True)
        ]

    first = record(tmp_path / "1.iairec", calls(MONDAY))
    second = record(tmp_path / "2.iairec", calls(TUESDAY))
    third = record(tmp_path / "3.iairec", calls(TUESDAY + 1))
    merge([first, second, third], out)
    found = [(each.connection, each.large) for each in told(out)]
    kept = [uuid, f"maps-{uuid}", "debug-log"]
    assert found == [
        *[(name, "large-a") for name in names],
        *[(name, "large-a-2") for name in ("connection-a-2", *kept, "log:debug.json-2")],
        *[(name, "large-a-3") for name in ("connection-a-3", *kept, "log:debug.json-3")],
    ]


def test_labels_stay_that_no_recording_contradicts(tmp_path: Path, out: Path) -> None:
    first = record(tmp_path / "1.iairec", exchanges_of(run(1), MONDAY))
    second = record(tmp_path / "2.iairec", exchanges_of(run(2), TUESDAY))
    change_labels(first, {"team": "planning", "model": "v4", "only": "here"})
    change_labels(second, {"team": "planning", "model": "v5"})
    merged = merge([first, second], out)
    assert merged.disputed == {"model": ["v4", "v5"]}
    with Recording(out) as recording, Recording(first) as original:
        assert recording.labels() == {"only": "here", "team": "planning"}
        assert recording.meta("salt") == original.meta("salt")


def test_a_recording_is_given_once_whatever_its_name(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "1.iairec", exchanges_of(run(1), MONDAY))
    (tmp_path / "link.iairec").symlink_to(path)
    for twice in ([path, path], [path, tmp_path / "link.iairec"]):
        with pytest.raises(UsageError, match="give each recording once"):
            merge(twice, out)
    copied = tmp_path / "copy.iairec"
    shutil.copyfile(path, copied)
    merged = merge([path, copied], out)
    assert [(file.calls, file.doubled) for file in merged.files] == [(4, 0), (0, 4)]
    assert told(out) == told(path)


def test_nothing_is_made_of_a_damaged_recording_or_over_an_input(tmp_path: Path, out: Path) -> None:
    first = record(tmp_path / "1.iairec", exchanges_of(run(1), MONDAY))
    second = record(tmp_path / "2.iairec", exchanges_of(run(2), TUESDAY))
    before = first.read_bytes()
    with pytest.raises(UsageError, match="exists: give -o another name"):
        merge([first, second], first)
    change(
        second, "DELETE FROM body WHERE hash = (SELECT response_hash FROM exchange WHERE id = 3)"
    )
    with pytest.raises(InputError, match=r"2.iairec is damaged: .* of call 3"):
        merge([first, second], out)
    with pytest.raises(InputError, match="there is no recording"):
        merge([first, tmp_path / "none.iairec"], out)
    assert first.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1.iairec", "2.iairec"]
