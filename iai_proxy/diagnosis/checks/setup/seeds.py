"""The seeds of successive calls of ``drive``, branch by branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.streaks import Streaks

#: Calls in a row that are looked at.
COUNT: Final = 5
#: A seed belongs to the whole call, not to an agent.
_ALL: Final = 0


class Seed(NamedTuple):
    """A seed, None if none was sent, and the number of its call of ``drive``, from 1."""

    value: int | None
    call: int


class Seeds(PerStep[Sequence[Seed]]):
    """The latest seeds at a call of ``drive``; none at other calls."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._streaks = Streaks[Seed](COUNT)

    def _work_out(self, view: StepView) -> Sequence[Seed]:
        if view.is_initialize:
            return ()
        sent = view.request.get("random_seed")
        value = sent if isinstance(sent, int) and not isinstance(sent, bool) else None
        before = self._streaks.before(view, _ALL)
        return self._streaks.add(view, _ALL, Seed(value, before.call + 1 if before else 1))
