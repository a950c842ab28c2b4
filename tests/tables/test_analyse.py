"""The queries of docs/analyse.md, on two small runs whose answers are worked out by hand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.cli import Cli
from support.driven import CAR, PEDESTRIAN, START_NS, Answer, Driven
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
    "How long do lights show each colour?": [("town", 7, "green", 0.1), ("town", 7, "red", 0.2)],
}
MISTAKES = "Which mistakes do clients make?"


@pytest.mark.parametrize("question", EXPECTED)
def test_a_question_has_its_answer(
    question: str, tables: tuple[duckdb.DuckDBPyConnection, Cli]
) -> None:
    connection, _ = tables
    assert connection.execute(blocks()[question]).fetchall() == EXPECTED[question]


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
