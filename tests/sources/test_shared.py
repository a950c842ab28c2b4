"""Files as workers find them: by absolute paths, under the names that they were given."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from iai_proxy.errors import InputError
from iai_proxy.sources import named
from iai_proxy.sources.shared import shared


def test_a_worker_needs_no_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.iairec").touch()
    monkeypatch.chdir(tmp_path)
    [source] = map(shared, named(["run.iairec"]))
    monkeypatch.chdir("/")
    at_worker = pickle.loads(pickle.dumps(source))
    assert at_worker.name == "run.iairec"
    with at_worker.reading() as path:
        assert path == tmp_path / "run.iairec"


def test_errors_name_a_file_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.iairec").touch()
    monkeypatch.chdir(tmp_path)
    [source] = map(shared, named(["run.iairec"]))
    with (
        pytest.raises(InputError, match=r"^run\.iairec is empty$"),
        source.reading() as path,
    ):
        raise InputError(f"{path} is empty")


def test_a_file_that_only_the_asking_machine_has_is_said(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    path.touch()
    [source] = map(shared, named([str(path)]))
    path.unlink()  # as it is on another machine
    with pytest.raises(InputError, match="is on the machine that asks, and not on the worker"):
        source.local()


def test_a_file_that_is_nowhere_is_left_to_who_reads_it(tmp_path: Path) -> None:
    [source] = map(shared, named([str(tmp_path / "none.iairec")]))
    assert source.local() == tmp_path / "none.iairec"
