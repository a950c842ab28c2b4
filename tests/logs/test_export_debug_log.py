"""A recording as the SDK's debug log. That it equals the SDK's own is shown end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from logs.simulations import STATES, recorded

from iai_proxy.logs.export_debug_log import export_debug_log
from iai_proxy.recordings import Recording


def exported(folder: Path, *, with_errors: bool = False) -> tuple[int, dict[str, Any]]:
    with Recording(recorded(folder / "run.iairec")) as recording:
        count = export_debug_log(
            recording, recording.lineage(), folder / "log.json", with_errors=with_errors
        )
    return count, json.loads((folder / "log.json").read_text())


def test_a_call_and_its_failed_attempts_are_one_call_that_began_with_the_first(
    tmp_path: Path,
) -> None:
    count, log = exported(tmp_path)
    assert count == 4
    assert [json.loads(body)["agent_states"] for body in log["drive_responses"]] == STATES[1:]
    moments = [text.partition("_")[2][:8] for text in log["drive_request_timestamps"]]
    assert moments == ["22:13:22", "22:13:23"]
    assert log["drive_response_timestamps"][1].partition("_")[2].startswith("22:13:24")


def test_a_lookup_is_logged_as_its_parameters(tmp_path: Path) -> None:
    _, log = exported(tmp_path)
    (asked,) = map(json.loads, log["location_info_requests"])
    assert (asked["location"], asked["include_map_source"]) == ("town", False)


def test_what_the_sdk_leaves_out_has_names_that_its_readers_pass_over(tmp_path: Path) -> None:
    count, log = exported(tmp_path, with_errors=True)
    assert count == 6
    (failed,) = map(json.loads, log["iai_proxy_failed_drive_responses"])
    assert failed == {"status": 503, "failure": None, "body": "{}"}
    assert len(log["iai_proxy_blame_requests"]) == 1
    assert "blame_requests" not in log
