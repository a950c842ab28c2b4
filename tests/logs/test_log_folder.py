"""All logs of a recording in one folder, and their names."""

from __future__ import annotations

from pathlib import Path

from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import write_recording  # type: ignore[import-not-found]

from iai_proxy.logs.log_folder import write_logs


def test_names_have_no_colon_unless_the_sdks_own_are_asked_for(tmp_path: Path) -> None:
    """``iai_log_%Y-%m-%d_%H:%M:%S:%f_UTC.json`` in the SDK's ``debug_logger.py``."""
    recording = write_recording(tmp_path / "run.iairec", mistakes.run(steps=2))
    plain, _ = write_logs(recording, tmp_path / "plain")
    sdks, _ = write_logs(recording, tmp_path / "sdks", sdk_names=True)
    assert not [path for path in plain if ":" in path.name]
    assert [path.name.replace(":", "-") for path in sdks] == [path.name for path in plain]
    assert sdks[0].name.count(":") == 3
    assert plain[0].read_text() == sdks[0].read_text()
