"""Each example in a docstring of the API runs, on a recording of the real SDK."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import iai_proxy
from iai_proxy import run as room
from iai_proxy.run import Run


def examples() -> list[doctest.DocTest]:
    names = [each.name for each in pkgutil.iter_modules(room.__path__)]
    modules = [importlib.import_module(f"{room.__name__}.{name}") for name in sorted(names)]
    found = [test for module in modules for test in doctest.DocTestFinder().find(module)]
    return sorted((test for test in found if test.examples), key=lambda test: test.name)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_prints_what_it_says(
    example: doctest.DocTest, run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(path.parent)
    example.globs = {"iai_proxy": iai_proxy, "run": run}
    told: list[str] = []
    failed, tried = doctest.DocTestRunner().run(example, out=told.append, clear_globs=False)
    assert tried
    assert not failed, "".join(told)
