"""All logs of a recording, in one folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from logs.simulations import recorded
from support.recordings import write

from iai_proxy.errors import UsageError
from iai_proxy.logs.log_folder import write_logs


def test_there_is_a_debug_log_and_a_scenario_for_each_simulation(tmp_path: Path) -> None:
    path, folder = recorded(tmp_path / "run.iairec", location_info=False), tmp_path / "new" / "logs"
    written, (warning,) = write_logs(path, folder)
    assert sorted(folder.iterdir()) == sorted(written)
    debug_log, scenario = (file.name for file in written)
    assert debug_log.startswith("iai_log_")
    assert scenario == debug_log.replace("iai_log", "iai_scenario").replace(".json", "_1.json")
    assert warning.startswith("simulation 1: no location_info for town")


def test_a_recording_without_calls_has_no_logs(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path)
    assert write_logs(path, tmp_path / "logs") == ([], [])
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_folder_that_can_not_be_made_is_refused_with_the_flag(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with pytest.raises(UsageError, match="give another folder to --logs"):
        write_logs(tmp_path / "run.iairec", tmp_path / "logs")
