"""Bars beside each other, as SVG: one panel a figure, ours in colour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _NAME, _BAR = 720, 210, 400
_LINE, _TITLE, _GAP = 22, 34, 18
_OURS, _THEIRS, _TEXT = "#0b6e99", "#b8bec4", "#24292f"


class Bar(NamedTuple):
    name: str
    figure: float
    label: str
    is_ours: bool


class Panel(NamedTuple):
    title: str
    bars: Sequence[Bar]


def drawn(panels: Sequence[Panel]) -> str:
    """Return the panels, one below the other, as the text of an SVG file."""
    height = sum(_TITLE + _LINE * len(panel.bars) + _GAP for panel in panels)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="13" fill="{_TEXT}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    top = 0
    for panel in panels:
        lines.append(f'<text x="12" y="{top + 22}" font-weight="bold">{escape(panel.title)}</text>')
        top += _TITLE
        most = max(bar.figure for bar in panel.bars)
        for bar in panel.bars:
            lines += _bar(bar, top, bar.figure / most * _BAR)
            top += _LINE
        top += _GAP
    return "\n".join([*lines, "</svg>", ""])


def _bar(bar: Bar, top: int, length: float) -> list[str]:
    colour = _OURS if bar.is_ours else _THEIRS
    middle = top + 14
    return [
        f'<text x="{_NAME - 10}" y="{middle}" text-anchor="end">{escape(bar.name)}</text>',
        f'<rect x="{_NAME}" y="{top + 2}" width="{length:.1f}" height="16" fill="{colour}"/>',
        f'<text x="{_NAME + length + 8:.1f}" y="{middle}">{escape(bar.label)}</text>',
    ]
