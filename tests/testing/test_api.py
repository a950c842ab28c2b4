"""``iai_proxy.recording`` and ``iai_proxy.replaying``, with the real SDK imported before."""

from __future__ import annotations

import os
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from support.storage import Storage

import iai_proxy
from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.logs.missing_maps import locations_without_map
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.sandbox.server import Sandbox

iai = pytest.importorskip("invertedai")

LOCATION = "canada:drake_street_and_pacific_blvd"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, ca_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAI_PROXY_CA_DIR", str(ca_folder))


def drive(steps: int = 3) -> list[Any]:
    from invertedai.common import AgentProperties

    cars = [AgentProperties(agent_type="car")] * 3
    answer = iai.initialize(LOCATION, agent_properties=cars, random_seed=random.randint(1, 10**6))
    properties, seen = answer.agent_properties, []
    for _ in range(steps):
        answer = iai.drive(
            LOCATION,
            agent_states=answer.agent_states,
            agent_properties=properties,
            recurrent_states=answer.recurrent_states,
            random_seed=random.randint(1, 10**6),
        )
        seen.append([state.tolist() for state in answer.agent_states])
    return seen


def test_what_was_recorded_comes_back_into_an_sdk_that_was_imported_before(
    sandbox: Sandbox,
) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url) as recorded:
        seen = drive()
    assert recorded.recorded == 4
    with iai_proxy.replaying("run.iairec") as replayed:
        assert drive() == seen
    assert replayed.served.total() == 4
    assert replayed.misses == ()


def test_a_miss_is_told_to_the_client_and_kept_and_fails_the_block_where_asked_to(
    sandbox: Sandbox,
) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url):
        drive()
    with (
        iai_proxy.replaying("run.iairec") as replayed,
        pytest.raises(iai.error.ResourceNotFoundError) as told,
    ):
        drive(steps=4)
    assert [miss.sentence in str(told.value) for miss in replayed.misses] == [True]
    with (
        pytest.raises(
            iai_proxy.testing.api.MissedError, match="comes after the last recorded step"
        ),
        iai_proxy.replaying("run.iairec", fail_on_miss=True),
        pytest.raises(iai.error.ResourceNotFoundError),
    ):
        drive(steps=4)


def test_a_block_fails_where_a_recorded_answer_was_never_used_if_asked_to(sandbox: Sandbox) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url):
        drive()
    with iai_proxy.replaying("run.iairec", fail_on_unused=True) as replayed:
        drive()
    assert replayed.unused == ()
    with (
        pytest.raises(
            iai_proxy.testing.api.UnusedError,
            match=r"^never used: 1 recorded call of run\.iairec \(4\)$",
        ),
        iai_proxy.replaying("run.iairec", fail_on_unused=True),
    ):
        drive(steps=2)


@pytest.mark.parametrize("ignore", ["foo", ["location", "foo"]])
def test_a_word_that_is_no_field_can_not_be_ignored(
    sandbox: Sandbox, ignore: str | list[str]
) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url):
        drive()
    with (
        pytest.raises(UsageError, match=r'^ignore="foo": there is no field foo in the API\'s'),
        iai_proxy.replaying("run.iairec", ignore=ignore),
    ):
        pass


def test_errors_and_misses_name_arguments_and_no_flags(sandbox: Sandbox) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url):
        drive()
    with (
        pytest.raises(
            UsageError, match=r"exists: give append=True to continue it, or another file$"
        ),
        iai_proxy.recording("run.iairec"),
    ):
        pass
    with (
        iai_proxy.replaying("run.iairec", match="exact") as replayed,
        pytest.raises(iai.error.ResourceNotFoundError, match='; match="seedless" accepts it'),
    ):
        drive()
    assert "--" not in replayed.misses[0].sentence


def test_a_block_that_can_not_be_recorded_ends_in_words_of_python(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is only known at the end of a block names arguments."""

    @contextmanager
    def ending(*_: object) -> Iterator[None]:
        yield
        raise IaiProxyError("choose another place with -o, or give --append")

    monkeypatch.setattr(iai_proxy.testing.api, "opened_upstream", ending)
    with (
        pytest.raises(IaiProxyError, match=r"^choose another place, or give append=True$"),
        iai_proxy.recording("run.iairec", upstream=sandbox.url),
    ):
        pass


@pytest.mark.parametrize("path", [".", "sub"])
def test_a_folder_is_no_recording(path: str) -> None:
    Path("sub").mkdir()
    with (
        pytest.raises(InputError, match=rf"^{re.escape(path)} is a folder, not a recording$"),
        iai_proxy.replaying(path),
    ):
        pass


def test_maps_are_asked_for_at_the_end_of_the_block(sandbox: Sandbox) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url, maps=True) as recorded:
        drive()
        before = recorded.recorded
    assert recorded.recorded == before + 1
    with Recording(Path("run.iairec")) as opened:
        assert locations_without_map(opened) == []
    with iai_proxy.replaying("run.iairec") as replayed:
        drive()
        assert iai.location_info(LOCATION).map_center
    assert replayed.misses == ()


def test_environment_and_session_are_as_they_were_also_when_the_block_raises(
    sandbox: Sandbox,
) -> None:
    session = iai.session.session
    session.trust_env, session.proxies = False, {"https": "http://192.0.2.1:1"}
    before, threads = dict(os.environ), threading.active_count()

    def run() -> None:
        with iai_proxy.recording("run.iairec", upstream=sandbox.url) as running:
            drive()
            assert os.environ["HTTPS_PROXY"] == os.environ["https_proxy"] == running.proxy_url
            assert os.environ["REQUESTS_CA_BUNDLE"] == str(running.ca_bundle)
            raise ZeroDivisionError

    try:
        with pytest.raises(ZeroDivisionError):
            run()
        assert (session.trust_env, session.proxies) == (False, {"https": "http://192.0.2.1:1"})
    finally:
        session.trust_env, session.proxies = True, {}
    assert dict(os.environ) == before
    assert threading.active_count() == threads
    assert all(not adapter.proxy_manager for adapter in session.adapters.values())


def test_a_session_with_open_connections_is_pointed_elsewhere_and_back(sandbox: Sandbox) -> None:
    base = iai.session.base_url
    iai.session.base_url = sandbox.url
    try:
        direct = iai.location_info(LOCATION)  # leaves a connection open that passes every proxy by
        iai.session.base_url = base
        with iai_proxy.recording("run.iairec", upstream=sandbox.url):
            assert iai.location_info(LOCATION).bounding_polygon == direct.bounding_polygon
        iai.session.base_url = sandbox.url
        assert iai.location_info(LOCATION).bounding_polygon == direct.bounding_polygon
    finally:
        iai.session.base_url = base


def test_what_there_was_no_time_to_pack_is_logged_with_the_command_that_does_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with iai_proxy.recording("small.iairec", upstream=sandbox.url):
        drive()
    assert not caplog.messages
    # A recording that is too large to be packed in time takes too long to make here.
    monkeypatch.setattr(RecordingWriter, "unpacked", 12)
    with iai_proxy.recording("large.iairec", upstream=sandbox.url):
        drive()
    assert caplog.messages == [
        "there was no time to pack 12 calls: `iai-proxy pack large.iairec` makes the file smaller"
    ]


def test_one_proxy_at_a_time(sandbox: Sandbox) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url):
        with (
            pytest.raises(UsageError, match="a proxy runs in this process already"),
            iai_proxy.recording("other.iairec", upstream=sandbox.url),
        ):
            pass
        drive()
    assert not Path("other.iairec").exists()
    with iai_proxy.replaying("run.iairec"):
        drive()


def test_a_sandbox_is_started_for_a_recording(tmp_path: Path) -> None:
    with iai_proxy.recording("run.iairec", upstream="sandbox"):
        assert requests.get("https://api.inverted.ai/v0/aws/m1/test", timeout=20).status_code == 200
    with iai_proxy.replaying(tmp_path / "run.iairec"):
        assert requests.get("https://api.inverted.ai/v0/aws/m1/test", timeout=20).status_code == 200


def test_nothing_recorded_leaves_no_file_and_nothing_there_is_no_recording(
    sandbox: Sandbox,
) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url):
        pass
    with (
        pytest.raises(InputError, match=r"there is no recording run\.iairec"),
        iai_proxy.replaying("run.iairec"),
    ):
        pass
    assert "HTTPS_PROXY" not in os.environ or "127.0.0.1" not in os.environ["HTTPS_PROXY"]
    assert not Path("run.iairec").exists()


def test_the_mock_api_is_warned_of_however_it_was_turned_on(sandbox: Sandbox) -> None:
    iai.use_mock_api()
    try:
        with (
            pytest.warns(UserWarning, match="makes up the answers itself, and nothing is recorded"),
            iai_proxy.recording("run.iairec", upstream=sandbox.url),
        ):
            pass
    finally:
        iai.use_mock_api(False)


@pytest.mark.xdist_group("s3")
def test_a_recording_is_uploaded_and_replayed_from_there(sandbox: Sandbox, s3: Storage) -> None:
    with iai_proxy.recording("run.iairec", upstream=sandbox.url, upload="s3://team/runs/"):
        seen = drive()
    assert s3.get("runs/run.iairec") == Path("run.iairec").read_bytes()
    with iai_proxy.replaying("s3://team/runs/run.iairec", fail_on_miss=True):
        assert drive() == seen


@pytest.mark.xdist_group("s3")
def test_a_recording_that_can_not_be_uploaded_ends_its_block_in_an_error(
    sandbox: Sandbox, s3: Storage
) -> None:
    with (
        pytest.raises(IaiProxyError) as refused,
        iai_proxy.recording("run.iairec", upstream=sandbox.url, upload="s3://others/runs/"),
    ):
        drive()
    assert str(refused.value) == (
        "run.iairec was not uploaded: s3://others/runs/run.iairec: there is no bucket others; is "
        "its name right?"
    )
    with Recording(Path("run.iairec")) as recorded:
        assert len(list(recorded.calls())) == 4
