"""Figures of ways that took turns, round by round, and their ratios."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

Key = Mapping[str, str | int]


class Rows:
    """The figures of one benchmark: for each key, each figure once a round.

    Args:
        section: the benchmark's name.
        rows: those of an earlier run.
        notes: what was cut short, in sentences.
    """

    def __init__(
        self,
        section: str,
        rows: Iterable[Mapping[str, Any]] = (),
        notes: Iterable[str] = (),
    ) -> None:
        self.section = section
        self.notes = list(notes)
        self._rows: dict[frozenset[tuple[str, str | int]], dict[str, list[float]]] = {
            frozenset(row["key"].items()): row["figures"] for row in rows
        }

    def add(self, figures: Mapping[str, float], **key: str | int) -> None:
        """Add the figures of one round."""
        row = self._rows.setdefault(frozenset(key.items()), {})
        for name, figure in figures.items():
            row.setdefault(name, []).append(figure)
        shown = "  ".join(f"{name} {figure:.4g}" for name, figure in figures.items())
        print(f"  {' '.join(str(each) for each in key.values()):<44} {shown}", flush=True)

    def has(self, **key: str | int) -> bool:
        return frozenset(key.items()) in self._rows

    @property
    def rounds(self) -> int:
        """How many rounds there were of what was measured most often."""
        figures = (each for row in self._rows.values() for each in row.values())
        return max(map(len, figures), default=0)

    def all(self, figure: str, **key: str | int) -> list[float]:
        """Return a figure of each round; none where it was not measured."""
        return self._rows.get(frozenset(key.items()), {}).get(figure, [])

    def median(self, figure: str, **key: str | int) -> float | None:
        """Return a figure's median over the rounds; None where it was not measured."""
        found = self.all(figure, **key)
        return median(found) if found else None

    def ratio(self, figure: str, key: Key, to: Key) -> float | None:
        """Return the median, over the rounds, of a figure's ratio between two keys."""
        pairs = list(zip(self.all(figure, **key), self.all(figure, **to), strict=False))
        return median(ours / theirs for ours, theirs in pairs) if pairs else None

    def write(self, folder: Path, facts: Mapping[str, Any]) -> None:
        folder.mkdir(exist_ok=True)
        rows = [{"key": dict(key), "figures": figures} for key, figures in self._rows.items()]
        found = {"section": self.section, **facts, "notes": self.notes, "rows": rows}
        (folder / f"{self.section}.json").write_text(json.dumps(found, indent=1) + "\n")


def read(path: Path) -> tuple[Rows, dict[str, Any]]:
    """Read what `Rows.write` wrote: the rows, and the facts beside them."""
    found = json.loads(path.read_bytes())
    return Rows(found.pop("section"), found.pop("rows"), found.pop("notes", ())), found
