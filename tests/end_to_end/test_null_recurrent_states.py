"""Recurrent states null for one step of a large run: that is reported, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

LARGE_STEPS = 5
PROGRAM = f"""
import sys
import invertedai as iai
from invertedai.common import AgentType
null_at, limit = int(sys.argv[1]), int(sys.argv[2])
place = "sandbox:grid"
regions = iai.get_regions_default(place, agent_count_dict={{AgentType.car: 150}},
    area_shape=(150, 150), random_seed=5)
r = iai.large_initialize(place, regions, random_seed=5, display_progress_bar=False)
properties = r.agent_properties
for step in range({LARGE_STEPS}):
    r = iai.large_drive(place, agent_states=r.agent_states, agent_properties=properties,
        recurrent_states=None if step == null_at else r.recurrent_states,
        light_recurrent_states=r.light_recurrent_states, random_seed=5,
        single_call_agent_limit=limit)
"""


@pytest.mark.parametrize("limit", [100, 60])
@pytest.mark.parametrize("null_at", [0, 3])
def test_null_for_one_step_is_reported_for_what_it_is_and_tears_nothing_apart(
    cli: Cli, sandbox: Sandbox, null_at: int, limit: int
) -> None:
    recorded(cli, sandbox.url, PROGRAM, str(null_at), str(limit))
    (simulation,) = json.loads(cli.run("show", "run.iairec", "--json").stdout)["simulations"]
    assert simulation["steps"] == LARGE_STEPS
    assert (len(simulation["branches"]), simulation["doubts"]) == (1, [])
    assert simulation["branches"][0]["arrivals"] == simulation["branches"][0]["removals"] == []
    found = [finding["code"] for finding in findings(cli)]
    assert set(found) == {202}


def findings(cli: Cli) -> list[dict[str, Any]]:
    done = cli.run("diagnose", "run.iairec", "--format", "json")
    listed: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return [finding for finding in listed if finding["severity"] != "info"]
