"""A recording that is open while a proxy answers from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import write

from iai_proxy.errors import InputError, UsageError
from iai_proxy.proxy.forwarding import Forwarder
from iai_proxy.proxy.record_addon import RecordAddon
from iai_proxy.proxy.replay_job import open_replay
from iai_proxy.recordings import Recording
from iai_proxy.session.notices import Notices
from iai_proxy.settings.replaying import ReplaySettings

NOTICES = Notices(lambda text: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "run.iairec", exchange())
    return tmp_path / "run.iairec"


@pytest.mark.parametrize(
    ("on_miss", "forwarder"), [("refuse", None), ("forward", Forwarder), ("record", RecordAddon)]
)
def test_only_a_replay_that_may_call_the_api_has_what_calls_it(
    path: Path, on_miss: str, forwarder: type | None
) -> None:
    settings = ReplaySettings.model_validate({"recording": path, "on_miss": on_miss})
    with open_replay(settings, None, {}, NOTICES) as job:
        calling = [
            type(addon) for addon in job.addons() if isinstance(addon, Forwarder | RecordAddon)
        ]
    assert calling == ([forwarder] if forwarder else [])


def test_a_replay_says_what_it_answers_from(path: Path) -> None:
    with open_replay(ReplaySettings(recording=path), None, {}, NOTICES) as job:
        assert job.title == f"replaying {path}: 1 call, match level: step"
        assert (job.recorded, job.under_way, dict(job.served)) == (0, 0, {})


def test_a_recording_that_misses_are_added_to_is_whole_afterwards(path: Path) -> None:
    settings = ReplaySettings.model_validate({"recording": path, "on_miss": "record"})
    with open_replay(settings, None, {}, NOTICES) as job:
        assert job.writer is not None
        job.writer.append(exchange).result(20)
    assert job.recorded == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with Recording(path) as recording:
        assert len(recording) == 2


def test_no_recording_and_one_that_is_not_there_are_two_errors(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="name the recording to replay"),
        open_replay(ReplaySettings(), None, {}, NOTICES),
    ):
        pass
    missing = ReplaySettings(recording=tmp_path / "none.iairec")
    with (
        pytest.raises(InputError, match="there is no recording"),
        open_replay(missing, None, {}, NOTICES),
    ):
        pass
