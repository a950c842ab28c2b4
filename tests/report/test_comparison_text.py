"""What ``diff`` prints, from scenes made by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import orjson
from support.scenes import circling

from iai_proxy.comparison import compared
from iai_proxy.report.comparison_text import comparison_json, comparison_text
from iai_proxy.scene import Problem


def test_equal_runs_are_said_to_be_equal() -> None:
    lines = list(comparison_text(compared(circling(), circling())))
    assert lines[2:5] == ["the set-up is the same", "", "60 common steps: the same to the last bit"]


def test_where_they_part_by_how_much_and_which_agents_part_first() -> None:
    lines = list(comparison_text(compared(circling(2, 34), circling(2, 34, drift=0.5), 0.1)))
    begin = lines.index("the runs part at step 30: 2 agents apart, agent 0 by 0.50 m")
    assert lines[begin + 1] == "  30 steps before that the same within 0.1, 34 steps in common"
    assert lines[begin + 2].startswith("  distance: ▁▁")
    assert lines[begin + 2].endswith("▃▅▇█ up to 2.00 m at step 33")
    assert lines[begin + 3] == "  agent 0 parts at step 30, up to 2.00 m at step 33"


def test_new_findings_are_listed_and_their_text_changes_no_terminal() -> None:
    found = Problem(11, "agent-state-modified", "warning", "odd \x1b[31m", "fix", 3, 4, (), None)
    lines = list(comparison_text(compared(circling(), circling(problems=[found]))))
    begin = lines.index("findings new in b:")
    assert lines[begin + 1] == "  warning IAI011 agent-state-modified, step 3-4: odd \\x1b[31m"


def test_a_run_that_goes_on_is_told_apart() -> None:
    assert "  but one run goes on where the other ends" in list(
        comparison_text(compared(circling(2, 3), circling(2, 4)))
    )


def test_as_json_it_has_the_same_facts() -> None:
    ours = circling(2, 34)
    facts = comparison_json(compared(ours, replace(circling(2, 34, drift=0.5))))
    read = json.loads(orjson.dumps(facts))
    assert (read["differs"], read["parting_step"]) == (True, 30)
    assert read["pairs"] == [[0, 0], [1, 1]]
    assert len(read["steps"]) == 34
