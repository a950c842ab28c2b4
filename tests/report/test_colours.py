"""Colours change nothing of the text."""

from __future__ import annotations

import pytest
from rich.text import Text

from iai_proxy.report.colours import coloured

LINES = [
    "run.iairec: 3 calls over 1 connection",
    "",
    "endpoint          calls   median ms   95th ms    max ms",
    "2 calls without success:",
    "  2 x status 422",
    "simulation 1: canada:[red]drake[/red], 2 steps after step 0",
    "  latency of each step: ▃█ up to 52.4 ms",
    "  " + "0123456789" * 20,
]


def test_the_text_is_the_same() -> None:
    assert [Text.from_ansi(line).plain for line in coloured(LINES)] == LINES


def test_trouble_is_red_and_a_simulation_bold() -> None:
    shown = dict(zip(LINES, coloured(LINES), strict=True))
    assert shown["2 calls without success:"] == "\x1b[31m2 calls without success:\x1b[0m"
    assert shown[LINES[5]] == f"\x1b[1m{LINES[5]}\x1b[0m"


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31" not in "".join(coloured(LINES))
