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
FACTS = {"rounds": 5, "machine": {"processor": "2 x some"}, "versions": {"Python": "3.11.7"}}
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
    (goal,) = module("goals").goals({"disk": rows})
    assert not goal.is_reached
    assert goal.sentence().startswith("**Not reached**: ")
    assert ", at most 0.10 x: 0.12 x." in goal.sentence()


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
