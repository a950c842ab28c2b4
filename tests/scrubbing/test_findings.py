"""A scrubbed recording has the findings that it had."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.golden import found, golden_run, record

from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.scrubbing import Disguise, scrub

#: Orientations in degrees: half a turn in radians is none in degrees (cli/scrub.py sees that).
NOT_TURNED = {220}


@pytest.mark.parametrize("check", ALL, ids=lambda check: f"{check.code}-{check.name}")
def test_a_mistake_is_found_in_the_scrubbed_recording_too(
    check: type[Check], tmp_path: Path
) -> None:
    calls, egos = golden_run(check.code)
    record(tmp_path / "run.iairec", calls)
    disguise = Disguise(7, turns=check.code not in NOT_TURNED)
    result = scrub(tmp_path / "run.iairec", tmp_path / "out.iairec", disguise)
    before = found(tmp_path / "run.iairec", egos)
    assert check.code in {finding[0] for finding in before}
    assert found(tmp_path / "out.iairec", egos) == before
    assert result.is_alike
