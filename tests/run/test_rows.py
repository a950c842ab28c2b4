"""Rows as data frames."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

import iai_proxy
from iai_proxy.recordings.labels import store_labels
from iai_proxy.run.findings import Finding
from iai_proxy.run.steps import Agent, Light


def test_labels_are_dicts_in_a_data_frame(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    path = tmp_path / "run.iairec"
    write(path, exchange())
    labels = {"model": "v4", "team": "planning"}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        store_labels(connection, labels)
    with iai_proxy.open(path) as run:
        assert list(run.calls.pandas()["labels"]) == [labels] == [run.labels]


@pytest.mark.parametrize(
    ("table", "kind", "others"),
    [
        ("agents", Agent, {"number", "sent"}),
        ("lights", Light, set()),
        ("findings", Finding, {"steps"}),
    ],
)
def test_a_row_calls_its_values_as_the_table_does(table: str, kind: type, others: set[str]) -> None:
    tables = pytest.importorskip("iai_proxy.tables.fields")
    columns = {field.name for field in tables.LAYOUTS[table].fields}
    assert {field.name for field in fields(kind)} - columns == others
