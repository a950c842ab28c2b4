"""The recordings and debug logs in a folder."""

from __future__ import annotations

from pathlib import Path

from support.exchanges import exchange
from support.recordings import write

from iai_proxy.logs.inputs import inputs_in


def test_recordings_and_debug_logs_are_found_in_order_and_all_else_is_left_out(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    write(tmp_path / "b.iairec", exchange())
    (inner / "log.json").write_text('{"drive_requests": []}')
    (tmp_path / "a.json").write_text('{"location_responses": []}')
    (tmp_path / "scenario.json").write_text('{"scenario_length": 3}')
    (tmp_path / "empty.json").touch()
    (tmp_path / "log.txt").write_text('{"drive_requests": []}')
    (tmp_path / ".hidden.json").write_text('{"drive_requests": []}')
    assert [str(path.relative_to(tmp_path)) for path in inputs_in(tmp_path)] == [
        "a.json",
        "b.iairec",
        "inner/log.json",
    ]


def test_a_hidden_folder_that_holds_the_one_asked_for_hides_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".cache"
    folder.mkdir()
    (folder / "log.json").write_text('{"drive_requests": []}')
    assert inputs_in(folder) == [folder / "log.json"]
