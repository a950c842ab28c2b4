"""Rows as data frames."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

import iai_proxy
from iai_proxy.recordings.labels import store_labels


def test_labels_are_dicts_in_a_data_frame(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    path = tmp_path / "run.iairec"
    write(path, exchange())
    labels = {"model": "v4", "team": "planning"}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        store_labels(connection, labels)
    with iai_proxy.open(path) as run:
        assert list(run.calls.pandas()["labels"]) == [labels] == [run.labels]
