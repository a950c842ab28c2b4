"""The seeds of a simulation's calls of ``drive``, one after another, branch by branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from iai_proxy.checks.model import RunView, StepView
from iai_proxy.checks.streaks import Streaks

#: So many calls one after another are looked at.
COUNT: Final = 5
#: Seeds are the whole call's, not an agent's.
_NOBODY: Final = 0


class Seed(NamedTuple):
    """A seed, None where there was none, and which call of ``drive`` it came with, from 1."""

    value: int | None
    call: int


class Seeds:
    """Gathers them. Get it by :meth:`RunView.shared`."""

    def __init__(self, _: RunView) -> None:
        self._rows = Streaks[Seed](COUNT)
        self._latest: tuple[StepView, Sequence[Seed]] | None = None

    def latest(self, view: StepView) -> Sequence[Seed]:
        """Return the latest seeds at a call of ``drive``; nothing at other calls."""
        if view.endpoint == "initialize":
            return ()
        if self._latest is None or self._latest[0] is not view:
            given = view.request.get("random_seed")
            value = given if isinstance(given, int) and not isinstance(given, bool) else None
            before = self._rows.before(view, _NOBODY)
            self._latest = view, self._rows.add(view, _NOBODY, Seed(value, before.call + 1 if before else 1))
        return self._latest[1]
