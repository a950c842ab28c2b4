"""The seeds of a simulation's calls of ``drive``, one after another, branch by branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks

#: So many calls one after another are looked at.
COUNT: Final = 5
#: Seeds are the whole call's, not an agent's.
_NOBODY: Final = 0


class Seed(NamedTuple):
    """A seed, None where there was none, and which call of ``drive`` it came with, from 1."""

    value: int | None
    call: int


class Seeds(PerStep[Sequence[Seed]]):
    """The latest seeds at a call of ``drive``; nothing at other calls."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._rows = Streaks[Seed](COUNT)

    def _work_out(self, view: StepView) -> Sequence[Seed]:
        if view.endpoint.is_initialize:
            return ()
        given = view.request.get("random_seed")
        value = given if isinstance(given, int) and not isinstance(given, bool) else None
        before = self._rows.before(view, _NOBODY)
        return self._rows.add(view, _NOBODY, Seed(value, before.call + 1 if before else 1))
