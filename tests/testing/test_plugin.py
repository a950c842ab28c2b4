"""The plugin in a pytest run of its own, on the real SDK."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from iai_proxy.logs.missing_maps import locations_without_map
from iai_proxy.recordings import Recording

from .conftest import Project, count

pytest.importorskip("invertedai")

ONE = """
@pytest.mark.iai_recording
def test_drives():
    drive()
"""


def test_a_test_is_recorded_once_and_replayed_offline_though_its_seeds_are_others(
    project: Project,
) -> None:
    project.write(ONE)
    project.record(own_process=True).assert_outcomes(passed=1)
    assert project.recordings() == ["recordings/test_it/test_drives.iairec"]
    recorded = project.seen()
    (project.folder / "seen.json").unlink()
    project.run(own_process=True).assert_outcomes(passed=1)
    assert project.seen() == recorded


def test_a_missing_recording_fails_the_test_and_says_how_to_make_it(project: Project) -> None:
    project.write(ONE)
    done = project.run()
    done.assert_outcomes(failed=1)
    assert (
        count(
            done.stdout.str(),
            "test_drives.iairec: make it with `pytest --iai-record-mode=once`, which calls the API",
        )
        == 1
    )
    assert project.left() == []


@pytest.mark.parametrize("mode", ["once", "all", "rewrite"])
def test_a_marker_asks_for_maps_when_its_test_is_recorded(project: Project, mode: str) -> None:
    project.write(ONE.replace("iai_recording", "iai_recording(maps=True)"))
    project.record(mode=mode).assert_outcomes(passed=1)
    with Recording(project.folder / project.recordings()[0]) as recording:
        assert locations_without_map(recording) == []
    project.run().assert_outcomes(passed=1)  # which asks for nothing


def test_a_recording_that_can_not_be_read_is_said_once(project: Project) -> None:
    project.write(ONE)
    folder = project.folder / "recordings" / "test_it"
    folder.mkdir(parents=True)
    (folder / "test_drives.iairec").write_text("no recording")
    done = project.run()
    done.assert_outcomes(errors=1)
    assert "During handling of the above exception" not in done.stdout.str()


def test_a_marked_test_that_makes_no_call_needs_no_recording_and_makes_none(
    project: Project,
) -> None:
    project.write(ONE.replace("drive()", "pass"))
    project.run("-W", "error::pytest.PytestWarning").assert_outcomes(passed=1)
    assert project.left() == []
    project.record().assert_outcomes(passed=1)
    assert project.left() == []


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        ("assert False", {"failed": 1}),
        ("pytest.skip('not today')", {"skipped": 1}),
        ("pytest.xfail('as always')", {"xfailed": 1}),
        ("raise KeyboardInterrupt", {}),
    ],
)
def test_mode_once_keeps_nothing_of_a_test_that_did_not_pass(
    project: Project, ending: str, outcome: dict[str, int]
) -> None:
    project.write(ONE + f"    {ending}\n")
    project.record(own_process="Keyboard" in ending).assert_outcomes(**outcome)
    assert project.left() == []


def test_mode_once_keeps_nothing_of_a_test_whose_teardown_fails(project: Project) -> None:
    fixture = """
@pytest.fixture
def late():
    yield
    assert False
"""
    project.write(fixture + ONE.replace("def test_drives()", "def test_drives(late)"))
    project.record().assert_outcomes(passed=1, errors=1)
    assert project.left() == []


def test_a_miss_names_what_a_test_can_set(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.write(ONE.replace("iai_recording", 'iai_recording(match="exact")'))
    shown = project.run().stdout.str()
    assert count(shown, '@pytest.mark.iai_recording(match="seedless") accepts it') == 1
    project.write(ONE.replace("drive()", "drive(steps=4)"))
    later = project.run().stdout.str()
    assert count(later, "--iai-record-mode=new_episodes would ask the API") == 1
    assert "--match" not in shown
    assert "--on-miss" not in later


def test_a_miss_fails_the_test_with_the_sentence_of_the_miss_once(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.write(ONE.replace("drive()", "drive(steps=4)"))
    done = project.run("--iai-explain=misses")
    done.assert_outcomes(failed=1)
    assert (
        count(
            done.stdout.str(),
            "comes after the last recorded step (simulation 1, step 4 is not recorded)",
        )
        == 1
    )
    (report,) = (project.folder / "misses").iterdir()
    assert report.name == "test_it.py-test_drives.json"
    (miss,) = json.loads(report.read_text())
    assert (miss["endpoint"], miss["simulation"], miss["count"]) == ("drive", 1, 1)


def test_a_test_without_a_miss_has_no_report_of_misses(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.run("--iai-explain=misses").assert_outcomes(passed=1)
    assert not (project.folder / "misses").exists()


def test_a_miss_that_the_code_under_test_swallows_fails_the_test_all_the_same(
    project: Project,
) -> None:
    project.write(ONE)
    project.record()
    project.write(
        """
@pytest.mark.iai_recording
def test_drives():
    try:
        drive(steps=4)
    except iai.error.InvertedAIError:
        pass
"""
    )
    done = project.run()
    done.assert_outcomes(failed=1)
    assert count(done.stdout.str(), "comes after the last recorded step") == 1


def test_a_failure_that_follows_from_a_swallowed_miss_is_reported_beside_it(
    project: Project,
) -> None:
    project.write(ONE)
    project.record()
    project.write(
        """
@pytest.mark.iai_recording
def test_drives():
    seen = None
    try:
        seen = drive(steps=4)
    except iai.error.InvertedAIError:
        pass
    assert seen is not None, "the run broke off"
"""
    )
    done = project.run()
    done.assert_outcomes(failed=1)
    assert count(done.stdout.str(), "comes after the last recorded step") == 1
    done.stdout.fnmatch_lines(
        ["*the run broke off*", "*- iai-proxy -*", "no recorded answer to POST /drive*"]
    )


def test_a_miss_of_a_fixture_is_told_too(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.write(
        """
@pytest.fixture
def after():
    yield
    try:
        drive(steps=1, agents=5)
    except iai.error.InvertedAIError:
        pass

@pytest.mark.iai_recording
def test_drives(after):
    drive()
"""
    )
    done = project.run()
    done.assert_outcomes(passed=1, errors=1)
    assert count(done.stdout.str(), "no recorded answer to POST /initialize") == 1


def test_the_fixture_alone_is_enough_and_says_what_came_of_it(project: Project) -> None:
    project.write(
        """
def test_drives(iai_recording):
    drive()
    recordings = pathlib.Path(__file__).parent / "recordings"
    assert iai_recording.path == recordings / "test_it" / "test_drives.iairec"
    assert iai_recording.proxy_url.startswith("http://127.0.0.1:")
    assert b"BEGIN CERTIFICATE" in iai_recording.ca_bundle.read_bytes()
    assert iai_recording.misses == ()
    came = iai_recording.mode, iai_recording.recorded, iai_recording.served.total()
    assert came in [("once", 4, 0), ("none", 0, 4)]
"""
    )
    project.record().assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


def test_recordings_are_named_after_class_test_and_parameters_safely(project: Project) -> None:
    project.write(
        """
class TestMerging:
    @pytest.mark.iai_recording
    @pytest.mark.parametrize("road", ["on/off ramp", "on:off ramp", "plain"])
    def test_x(self, road):
        drive(steps=1)

@pytest.mark.iai_recording("by hand")
def test_named():
    drive(steps=1)
"""
    )
    project.record().assert_outcomes(passed=4)
    made = [name.removeprefix("recordings/test_it/") for name in project.recordings()]
    assert {"TestMerging.test_x[plain].iairec", "by hand.iairec"} < set(made)
    assert len([name for name in made if name.startswith("TestMerging.test_x[on-off-ramp]-")]) == 2
    project.run().assert_outcomes(passed=4)


def test_two_tests_may_replay_one_recording_and_unittest_classes_are_tests_too(
    project: Project,
) -> None:
    project.write(
        """
import unittest
pytestmark = pytest.mark.iai_recording("shared")

def test_one():
    drive()

class TestTwo(unittest.TestCase):
    def test_two(self):
        drive(name="again.json")
"""
    )
    project.record("-k", "test_one").assert_outcomes(passed=1, deselected=1)
    project.run().assert_outcomes(passed=2)
    assert (project.folder / "again.json").read_text() == project.seen()
    project.run("-n2", plugins="xdist").assert_outcomes(passed=2)


def test_what_the_marker_says_reaches_replay(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.write(ONE.replace("iai_recording", 'iai_recording(match="exact")'))
    project.run().assert_outcomes(failed=1)
    project.write(ONE.replace("iai_recording", 'iai_recording(mach="exact")'))
    done = project.run()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*knows no mach; it knows *match*"])


def test_going_on_live_needs_a_mode_or_an_upstream_that_says_so(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.write(ONE.replace("iai_recording", "iai_recording(until_step=1)"))
    done = project.run()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["*until_step goes on with the API, and --iai-record-mode=none is offline*"]
    )
    project.run("--iai-upstream", project.sandbox.url).assert_outcomes(passed=1)


def numbers(project: Project) -> int:
    with closing(
        sqlite3.connect(project.folder / "recordings" / "test_it" / "test_drives.iairec")
    ) as connection:
        return int(connection.execute("SELECT count(*) FROM exchange").fetchone()[0])


def test_mode_all_appends(project: Project) -> None:
    project.write(ONE)
    for expected in (4, 8):
        project.record(mode="all").assert_outcomes(passed=1)
        assert numbers(project) == expected


def test_mode_new_episodes_records_what_misses(project: Project) -> None:
    project.write(ONE)
    project.record(mode="new_episodes").assert_outcomes(passed=1)
    project.write(ONE.replace("drive()", "drive(); drive(agents=5)"))
    project.record(mode="new_episodes").assert_outcomes(passed=1)
    assert numbers(project) == 8
    project.run().assert_outcomes(passed=1)


def test_mode_rewrite_keeps_the_old_recording_when_the_test_fails(project: Project) -> None:
    project.write(ONE)
    project.record()
    path = project.folder / "recordings" / "test_it" / "test_drives.iairec"
    old = path.read_bytes()
    project.write(ONE + "    raise AssertionError\n")
    project.record(mode="rewrite").assert_outcomes(failed=1)
    assert path.read_bytes() == old
    assert project.recordings() == ["recordings/test_it/test_drives.iairec"]
    project.write(ONE.replace("drive()", "drive(steps=5)"))
    project.record(mode="rewrite").assert_outcomes(passed=1)
    assert numbers(project) == 6
    assert project.recordings() == ["recordings/test_it/test_drives.iairec"]
    project.run().assert_outcomes(passed=1)


def test_the_sandbox_is_started_once_for_all_tests_that_record_from_it(project: Project) -> None:
    project.write(ONE + ONE.replace("test_drives", "test_again"))
    done = project.run("--iai-record-mode=once", "--iai-upstream=sandbox", own_process=True)
    done.assert_outcomes(passed=2)
    project.run().assert_outcomes(passed=2)


def test_settings_in_the_ini_file_hold_and_wrong_ones_are_named(project: Project) -> None:
    project.pytester.makeini("[pytest]\niai_record_mode = once\n")
    project.write(ONE)
    project.run("--iai-upstream", project.sandbox.url).assert_outcomes(passed=1)
    project.pytester.makeini("[pytest]\niai_record_mode = twice\n")
    done = project.run()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(
        ["*iai_record_mode is twice; it can be none, once, new_episodes, all, rewrite*"]
    )


def test_the_marker_is_registered_for_strict_markers(project: Project) -> None:
    project.write(ONE)
    project.record("--strict-markers").assert_outcomes(passed=1)


def test_warnings_that_are_errors_break_no_handshake(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.pytester.makeini(
        "[pytest]\nfilterwarnings =\n    error\n    ignore:.*validate_arguments"
    )  # the SDK's own
    project.run(own_process=True).assert_outcomes(passed=1)


def test_children_and_threads_are_replayed_as_well(project: Project) -> None:
    project.write(
        """
import subprocess, sys, threading

@pytest.mark.iai_recording
def test_drives(iai_recording):
    code = "import requests; print(requests.get('https://api.inverted.ai/v0/aws/m1/test').status_code)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "200\\n"
    thread = threading.Thread(target=drive)
    thread.start()
    thread.join()
    assert iai_recording.recorded + iai_recording.served.total() == 5
"""
    )
    project.record().assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


def test_a_suite_of_many_tests_leaves_nothing_behind(project: Project) -> None:
    project.write(
        """
import gc, os, threading

@pytest.mark.iai_recording("shared")
@pytest.mark.parametrize("number", range(30))
def test_drives(number):
    drive(steps=1)

def test_nothing_is_left():
    gc.collect()
    assert threading.active_count() == 1
    assert not [name for name in os.environ if name.upper().endswith("_PROXY")]
    if os.path.exists("/proc/self/fd"):
        assert len(os.listdir("/proc/self/fd")) < 30
"""
    )
    project.record("-k", "0-").assert_outcomes(deselected=31)
    project.record(own_process=True).assert_outcomes(passed=31)
    project.run("-W", "error::ResourceWarning", own_process=True).assert_outcomes(passed=31)


def test_a_recording_that_nothing_asks_for_is_warned_of(project: Project) -> None:
    project.write(ONE)
    project.record()
    project.write(ONE.replace("drive()", "pass"))
    project.run().stdout.fnmatch_lines(
        ["*PytestWarning: no call came through the proxy of test_drives.iairec: *"]
    )


def test_the_mock_api_of_the_sdk_is_warned_of(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(ONE)
    project.record()
    monkeypatch.setenv("IAI_MOCK_API", "1")
    project.run().stdout.fnmatch_lines(["*UserWarning: IAI_MOCK_API is set*nothing is replayed*"])


def test_exemptions_of_the_api_from_proxies_are_lifted_and_new_ones_are_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "inverted.ai")
    project.write(ONE)
    project.record().assert_outcomes(passed=1)
    project.write(ONE.replace("drive()", 'import os; os.environ["no_proxy"] = "*"'))
    project.run().stdout.fnmatch_lines(["*NO_PROXY exempts api.inverted.ai by now*"])
