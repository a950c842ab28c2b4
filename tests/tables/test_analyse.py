"""The queries of docs/analyse.md, on two small runs whose answers are worked out by hand."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.cli import Cli
from support.driven import CAR, PEDESTRIAN, START_NS, Answer, Driven, State
from support.pages import ROOT

from iai_proxy.recordings.labels import store_labels

PAGE = (ROOT / "docs/analyse.md").read_text()
HOUR = 3_600_000_000_000
NO, HIT = [False, False, False], [True, False, False]
STANDING = (20.0, 3.0, 0.0, 0.0)


def near_miss() -> Driven:
    """The client moves the first car itself, up to 5 m (3-4-5) beside the pedestrian.

    It began at 22:13:20 UTC.
    """
    return Driven("town", "m1", [CAR, CAR, PEDESTRIAN]).drive(
        Answer(
            [(0, 0, 0, 10), (30, 0, 0, 4), STANDING],
            lights={"7": "red"},
            moved={0: (1.2, 0.0, 0.0, 12.0)},
        ),
        Answer(
            [(2, 0, 0, 10), (30.4, 0, 0, 4), STANDING],
            [NO, NO, NO],
            lights={"7": "red"},
            moved={0: (16.0, 0.0, 0.0, 12.0)},
        ),
        Answer([(17, 0, 0, 12), (30.8, 0, 0, 3), STANDING], [HIT, NO, HIT], lights={"7": "green"}),
    )


def tried_twice() -> Driven:
    """Two cars, and two ways on from step 1; the second call was refused once."""
    made = Driven("town", "m2", [CAR, CAR], START_NS + HOUR, seed=4)
    begun = Answer([(0, 0, 0, 5), (100, 0, 0, 5)], ms=20)
    first = Answer([(0.5, 0, 0, 5), (100.5, 0, 0, 5)], [NO, NO], ms=20)
    states = [(1.0, 0, 0, 5), (101.0, 0, 0, 5)]
    rows = made.go_on(made.initialize(begun), begun, [first])
    made.go_on(rows, first, [Answer(states, [HIT, NO], ms=20, failures=1)])
    made.go_on(rows, first, [Answer(states, [NO, HIT], ms=20)])
    return made


def labelled(path: Path, team: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        store_labels(connection, {"team": team})


@pytest.fixture(scope="module")
def tables(
    tmp_path_factory: pytest.TempPathFactory, ca_folder: Path, shared_folder: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Cli]]:
    folder = tmp_path_factory.mktemp("analyse")
    cli = Cli(folder, ca_folder, shared_folder)
    for name, run, team in (("a", near_miss(), "planning"), ("b", tried_twice(), "perception")):
        (folder / name).mkdir()
        labelled(run.record(folder / name / "run.iairec"), team)
    done = cli.invoke("export", "parquet", "a", "b", "-o", "tables")
    assert done.exit_code == 0, done.output
    views = blocks()["Analyse"].replace("'tables/", f"'{folder}/tables/")
    with duckdb.connect() as connection:
        connection.execute(views)
        yield connection, cli


WEST, NORTH = math.pi, math.pi / 2
#: By name where two cars of 4 m x 2 m are, at each of some moments, and when they would touch, s.
MEETINGS: dict[str, tuple[list[list[State]], float | None]] = {
    # Lanes 3.7 m apart: they come closer than 4 m, and leave 1.7 m free.
    "oncoming in the next lane": (
        [[(x, 0, 0, 10), (40 - x, 3.7, WEST, 10)] for x in (0, 17, 19.5, 22, 30)],
        None,
    ),
    # 40 m - 4 m, and 20 m/s.
    "oncoming in one lane": ([[(0, 0, 0, 10), (40, 0, WEST, 10)]] * 2, 1.8),
    # 24 m - 4 m, and 10 m/s - 5 m/s.
    "following": ([[(0, 0, 0, 10), (24, 0, 0, 5)]] * 2, 4.0),
    "following north-east": (
        [[(0, 0, 0.5, 10), (24 * math.cos(0.5), 24 * math.sin(0.5), 0.5, 5)]] * 2,
        4.0,
    ),
    "following a faster car": ([[(0, 0, 0, 5), (24, 0, 0, 10)]] * 2, None),
    # The front of each is at -18 m, the side of the other at -1 m: 17 m at 10 m/s.
    "crossing": ([[(-20, 0, 0, 10), (0, -20, NORTH, 10)]] * 2, 1.7),
    # The one is on the crossing from 1.7 to 2.3 s, the other from 3.7 to 4.3 s.
    "crossing after the other": ([[(-20, 0, 0, 10), (0, -40, NORTH, 10)]] * 2, None),
    "standing": ([[(0, 0, 0, 0), (4.5, 0, 0, 0)]] * 2, None),
    "overlapping": ([[(0, 0, 0, 0), (3, 1, 0, 0)]] * 2, 0.0),
}


def meeting(moments: Sequence[Sequence[State]]) -> Driven:
    return Driven("town", "m3", [CAR, CAR]).drive(*map(Answer, moments))


def put_closer() -> Driven:
    """A car comes to a standing one, and its client puts it 10 m further on."""
    begun = Answer([(0, 0, 0, 10), (34, 0, 0, 0)], moved={0: (10, 0, 0, 10)})
    return Driven("town", "m3", [CAR, CAR]).drive(begun, Answer([(10, 0, 0, 0), (34, 0, 0, 0)]))


@pytest.fixture(scope="module")
def met(
    tmp_path_factory: pytest.TempPathFactory, ca_folder: Path, shared_folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of all meetings, and of a car that its client puts closer."""
    folder = tmp_path_factory.mktemp("met")
    cli = Cli(folder, ca_folder, shared_folder)
    for name, (moments, _) in MEETINGS.items():
        meeting(moments).record(folder / f"{name}.iairec")
    put_closer().record(folder / "put closer.iairec")
    done = cli.invoke("export", "parquet", ".", "-o", "tables")
    assert done.exit_code == 0, done.output
    with duckdb.connect() as connection:
        connection.execute(blocks()["Analyse"].replace("'tables/", f"'{folder}/tables/"))
        yield connection


def blocks() -> dict[str, str]:
    """The SQL of the page by its heading."""
    found = {}
    for section in PAGE.split("\n#"):
        heading, _, text = section.lstrip("# ").partition("\n")
        if "```sql\n" in text:
            found[heading] = text.split("```sql\n")[1].split("```")[0]
    return found


A, B = "a/run.iairec", "b/run.iairec"
EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "How many agents collide, by location and model version?": [
        ("town", "m1", 2, 3),
        ("town", "m2", 2, 2),  # one in each branch
    ],
    # At step 2 the gap is 30.8 - 17 - 4 = 9.8 m, and closes by 12 - 3 = 9 m/s.
    "How short is the time to collision?": [(A, 1, 1.09, 2)],
    # From 4 to 3 m/s in 0.1 s.
    "Who brakes hard?": [(A, 1, 1, "car", -10.0, 1)],
    "When is the service slow?": [(22, 2, 10.0, 10.0), (23, 3, 20.0, 20.0)],
    "Which recordings have a pedestrian within 5 m of the ego?": [(A, 5.0)],
    # Three calls of 3 agents; four of 2, since what two branches share counts once.
    "What does each team use?": [("perception", 4, 8), ("planning", 3, 9)],
    "What fails, and how long does that take?": [("drive", "503", 1, 0.02)],
    # 1.2 m at step 0, 16 - 2 = 14 m at step 1.
    "How far is the ego from where the model would have had it?": [(A, 1, 0, 7.6, 14.0)],
    "How long do lights show each colour?": [
        ("town", 7, "green", 0.1, 0.333),
        ("town", 7, "red", 0.2, 0.667),
    ],
}
MISTAKES = "Which mistakes do clients make?"


@pytest.mark.parametrize("question", EXPECTED)
def test_a_question_has_its_answer(
    question: str, tables: tuple[duckdb.DuckDBPyConnection, Cli]
) -> None:
    connection, _ = tables
    assert connection.execute(blocks()[question]).fetchall() == EXPECTED[question]


def test_cars_touch_when_their_ways_meet_and_not_when_they_pass(
    met: duckdb.DuckDBPyConnection,
) -> None:
    rows = met.execute(blocks()["How short is the time to collision?"]).fetchall()
    found = {Path(recording).stem: (seconds, step) for recording, _, seconds, step in rows}
    assert found.pop("put closer") == (2.0, 0)  # (34 - 10 - 4) m at 10 m/s
    times = {name: seconds for name, (_, seconds) in MEETINGS.items() if seconds is not None}
    assert {name: seconds for name, (seconds, _) in found.items()} == times


def test_only_who_is_slower_one_step_later_brakes() -> None:
    """Agent 0 is away at steps 1 and 2, agent 1 sets back, agent 2 loses 0.5 m/s."""
    speeds = {0: {0: 10, 3: 5}, 1: {0: 0, 1: -1}, 2: {0: 9, 1: 8.5}}
    rows = [f"('run', 1, {agent}, {step}, {speed}::DOUBLE)"
            for agent, steps in speeds.items() for step, speed in steps.items()]  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE agents AS SELECT *, 'car' AS type, true AS trunk, false AS ego "
            f"FROM (VALUES {', '.join(rows)}) AS t(recording, simulation, agent, step, speed)"
        )
        found = connection.execute(blocks()["Who brakes hard?"]).fetchall()
    assert found == [("run", 1, 2, "car", -5.0, 1)]


def test_what_no_answer_tells_is_not_counted(met: duckdb.DuckDBPyConnection) -> None:
    assert not met.execute(blocks()[next(iter(EXPECTED))]).fetchall()  # infractions
    used = met.execute("SELECT NULL, count(*), sum(agents) FROM calls").fetchall()
    assert met.execute(blocks()["What does each team use?"]).fetchall() == used


def test_mistakes_are_those_that_diagnose_finds(
    tables: tuple[duckdb.DuckDBPyConnection, Cli],
) -> None:
    connection, cli = tables
    found = connection.execute(blocks()[MISTAKES]).fetchall()
    report = json.loads(cli.invoke("diagnose", "--format", "json", A, B).stdout)
    # Both recordings have a collision.
    assert found[0] == (304, "infractions", "info", 3, 2)
    assert {str(code): findings for code, _, _, findings, _ in found} == report["summary"]["codes"]


def test_there_are_ten_questions_and_each_is_tested() -> None:
    assert set(blocks()) == {"Analyse", MISTAKES, *EXPECTED}
    assert len(EXPECTED) + 1 == 10
