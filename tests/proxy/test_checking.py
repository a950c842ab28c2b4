"""When the live checks of a recording begin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import exchanges_of, write_recording
from mitmproxy.test import tflow

from iai_proxy.errors import UsageError
from iai_proxy.proxy.checking import Checking
from iai_proxy.recordings import RecordingWriter
from iai_proxy.session.notices import Notices
from iai_proxy.settings.recording import RecordSettings

RUN = mistakes.run(steps=3)


def checking(path: Path, **settings: Any) -> Checking:
    said: list[str] = []
    return Checking(path, RecordSettings(**settings), Notices(said.append))


def record(path: Path, *, append: bool = False) -> None:
    with RecordingWriter(path, append=append) as writer:
        for exchange in exchanges_of(RUN):
            writer.append(lambda exchange=exchange: exchange)


def test_without_a_call_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with checking(tmp_path / "run.iairec") as checks:
        checks.let_go()
        assert checks.finish() is None


def test_calls_that_were_made_before_they_began_are_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with checking(path) as checks:
        record(path)
        for _ in range(2):
            checks.response(tflow.tflow(resp=True))
        checks.let_go()
        result = checks.finish()
    assert result
    assert result.results.steps == 4


def test_of_a_continued_recording_only_what_is_new_is_checked(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "run.iairec", RUN)
    with checking(path) as checks:
        record(path, append=True)
        checks.response(tflow.tflow(resp=True))
        checks.let_go()
        result = checks.finish()
    assert result
    assert result.results.steps == 4


def test_a_check_that_there_is_none_of_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="999"):
        checking(tmp_path / "run.iairec", select=["999"])
