"""What there is to see in a file, whatever it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError
from iai_proxy.scene.opening import opened_run

SCENARIO = """{"location": {"identifier": "iai:demo"}, "scenario_length": 1,
"predetermined_controls": {}, "predetermined_agents": {"0": {"entity_type": "car",
"static_attributes": {}, "states": {"0": {"center": {"x": 1, "y": 2}, "orientation": 0,
"speed": 3}}}}}"""


def test_recordings_and_scenario_logs_are_runs(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec", exchange())
    with opened_run(tmp_path / "run.iairec") as run:
        assert run.simulations == ()
    (tmp_path / "run.json").write_text(f"\ufeff {SCENARIO}", "utf-8")
    with opened_run(tmp_path / "run.json") as run:
        scene = run.scene()
    assert scene.source == "run.json"
    assert scene.simulation.location == "iai:demo"
    assert scene.frames[0].answered(0) == (1.0, 2.0, 0.0, 3.0)


def test_a_debug_log_is_to_be_imported(tmp_path: Path) -> None:
    path = tmp_path / "iai log.json"
    path.write_text('{"drive_requests": [], "drive_responses": []}')
    said = f"is a debug log: make a recording of it with `iai-proxy import '{path}' -o 'iai log.ia"
    with pytest.raises(InputError, match=r"iai log\.json") as raised, opened_run(path):
        pass
    assert said in str(raised.value)


@pytest.mark.parametrize("content", [b"\x89PNG", b"[1]", b"text", b"\xff\xfe{"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with (
        pytest.raises(InputError, match="is neither a recording nor a scenario log"),
        opened_run(path),
    ):
        pass


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for path, why in (
        (tmp_path, "is a folder"),
        (tmp_path / "none", r"can't read .* \(No such file or directory\)"),
        (empty, "is empty"),
    ):
        with (
            pytest.raises(InputError, match=f"{why}: give a recording or a scenario log"),
            opened_run(path),
        ):
            pass
