"""The benchmarks run, and say what they measured; how long anything takes is not tested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import islice, pairwise
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from support.pages import ROOT

BENCHMARKS = ROOT / "benchmarks"
FACTS = {"machine": {"processor": "2 x some"}, "versions": {"Python": "3.11.7"}}
Module = Callable[[str], ModuleType]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    """Import modules of the benchmarks, which are scripts beside each other."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    known = set(sys.modules)
    yield import_module
    for name in set(sys.modules) - known:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).parent == BENCHMARKS:
            del sys.modules[name]


def test_bodies_are_printed_as_python_and_the_sdk_print_them(module: Module) -> None:
    for call in islice(module("bodies").chain(1, 20), 50):
        assert json.dumps(json.loads(call.request)).encode() == call.request
        answer = json.dumps(json.loads(call.answer), separators=(",", ":"))
        assert answer.encode() == call.answer


def test_each_request_holds_what_the_last_answer_gave(module: Module) -> None:
    for last, call in pairwise(islice(module("bodies").chain(1, 3), 5)):
        request, answer = json.loads(call.request), json.loads(last.answer)
        assert request["recurrent_states"] == answer["recurrent_states"]
        assert request["agent_states"] == answer["agent_states"]


def test_recurrent_states_are_152_float32_that_no_other_call_has(module: Module) -> None:
    seen: set[float] = set()
    for call in islice(module("bodies").chain(1, 2), 4):
        for numbers in json.loads(call.answer)["recurrent_states"]:
            assert len(numbers) == 152
            assert array("f", numbers).tolist() == numbers
            assert len(seen & set(numbers)) < 5  # by chance
            seen |= set(numbers)


def test_stored_calls_are_those_of_the_chain(module: Module, tmp_path: Path) -> None:
    bodies = module("bodies")
    stored = bodies.Stored(bodies.store(tmp_path / "some", 2, [3, 4]))
    assert len(stored) == 2
    assert list(stored.calls_of(1)) == list(islice(bodies.chain(2, 2), 5))


def test_a_ratio_is_that_of_rounds_and_not_of_medians(module: Module) -> None:
    rows = module("figures").Rows("some")
    for ours, theirs in ((2, 1), (3, 2), (10, 10)):
        rows.add({"ms": ours}, way="ours")
        rows.add({"ms": theirs}, way="theirs")
    assert rows.ratio("ms", {"way": "ours"}, {"way": "theirs"}) == 1.5
    assert rows.median("ms", way="ours") == 3


def test_goals_are_those_of_what_was_measured(module: Module) -> None:
    rows = module("figures").Rows("disk")
    rows.add({"kb": 60}, what="SDK run, recorded")
    rows.add({"kb": 500}, what="SDK run, its log")
    goals = {goal.name: goal for goal in module("goals").goals({"disk": rows})}
    goal = goals["a recording to the SDK's debug log of the same run"]
    assert not goal.is_reached
    assert goal.sentence().startswith("**Not reached**: ")
    assert ", at most 0.10 x: 0.12 x." in goal.sentence()
    assert goal.sentence().endswith(" are 60.8 kB, 0.122 x.")
    show = goals["`show` at 10,000 steps"]
    assert show.sentence() == "Not measured: `show` at 10,000 steps, at most 1.00 s."


@pytest.mark.parametrize(
    ("figure", "limit", "text"),
    [
        (0.1017, 0.10, "0.102"),
        (1.30004, 1.3, "1.30004"),
        (1.2996, 1.3, "1.2996"),
        (1.3, 1.3, "1.30"),
        (2.2, 1.05, "2.20"),
        (150.2, 150, "150.2"),
        (1250.4, 150, "1,250"),
    ],
)
def test_a_figure_has_digits_that_tell_it_from_its_limit(
    module: Module, figure: float, limit: float, text: str
) -> None:
    assert module("goals").told_apart(figure, limit) == text


def test_a_long_run_that_was_cut_short_says_so(module: Module) -> None:
    rows = module("figures").Rows("long_run")
    figures = {"made": 700, "early_p50_ms": 10, "late_p50_ms": 10, "all_mb": 200, "own_mb": 90}
    rows.add(figures, way="record", calls=10_000)
    sentences = [goal.sentence() for goal in module("goals").goals({"long_run": rows})]
    (memory,) = [each for each in sentences if "memory up to call 10,000" in each]
    assert "200 MB (all its processes, only 700 calls)" in memory


def test_rounds_end_when_the_time_is_over(module: Module) -> None:
    limits = module("limits").Limits(5, 0)
    assert list(limits.rounds()) == [0]
    assert limits.notes == ["Cut short after 1 of 5 rounds: the time was over."]
    assert list(module("limits").Limits(3, 1000).rounds()) == [0, 1, 2]


def test_a_command_that_takes_too_long_is_ended(module: Module) -> None:
    with pytest.raises(TimeoutError, match=r"not done after 0 s"):
        module("processes").measured(
            [sys.executable, "-c", "import time; time.sleep(60)"], most_s=0.1
        )


def test_the_page_has_a_sentence_for_each_goal(module: Module, tmp_path: Path) -> None:
    rows = module("figures").Rows("sdk_loop")
    for way, ms in (("direct", 10), ("record", 12), ("replay", 9)):
        rows.add({"ms": ms}, way=way)
    disk = module("figures").Rows("disk")
    disk.add({"kb": 60}, what="SDK run, recorded")
    page, picture = tmp_path / "page", tmp_path / "picture.svg"
    found = {"sdk_loop": rows, "disk": disk}
    module("document").write(found, FACTS, page=page, picture=picture)
    text = page.read_text()
    assert "Reached: the SDK's loop recorded, to direct TLS, at most 1.30 x: 1.20 x." in text
    assert "| record | 12 (1.20) |" in text
    assert "\n1 round.\n" in text
    assert "2 x some" in text
    drawn = ElementTree.parse(picture)
    assert "SDK run, recorded" in [each.text for each in drawn.iter() if each.text]


def test_a_benchmark_runs() -> None:
    pytest.importorskip("invertedai")
    command = [sys.executable, "benchmarks/run.py", "--tiny", "--rounds", "1", "--only", "disk"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Reached: share of calls whose bytes come back" in done.stdout


def test_a_soak_says_what_grows_from_the_first_third_to_the_last(module: Module) -> None:
    soak = module("soak")
    looks = [
        soak.Look(60.0 + at, {"record": 100.0 + at % 3, "packing_child": 50.0 + at}, 16.0, at)
        for at in range(0, 300, 2)
    ]
    found = soak.compared(looks)
    assert found["record"]["is_flat"]
    assert found["-wal"] == {"first": 16.0, "last": 16.0, "most": 16.0, "is_flat": True}
    assert found["packing_child"] == {"first": 99.0, "last": 299.0, "most": 348.0, "is_flat": False}


def test_a_soak_of_seconds_finds_every_call_recorded(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "soak.py"), "0.05", "--agents", "2"]
    options = ["-o", str(tmp_path / "soak.json"), "--clients", "2", "--sdk", "0"]
    subprocess.run([*command, *options], cwd=tmp_path, check=False, timeout=120)
    found = json.loads((tmp_path / "soak.json").read_bytes())
    assert found["is_whole"]
    assert found["recorded"] == found["answered"] > 2
    assert {"record", "-wal"} <= set(found["thirds"])
