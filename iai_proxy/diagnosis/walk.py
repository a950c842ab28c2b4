"""All checks over one run, in one pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Located, RunView, StepView

#: So many findings of one check are told apart in one simulation; whatever comes then is one.
MOST_FINDINGS: Final = 1000

#: What is said of those.
_NOT_ALL: Final = " (not at all of these steps)"
#: As messages write them: ``-0.25``, ``1e-05``, ``1 144``.
_NUMBER: Final = re.compile(r"(?<!\w)-?(?:\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,]\d+)*(?:e[+-]?\d+)?)")
#: Simulation, code, what is said without its numbers, and of whom.
_Key = tuple[int | None, int, str, tuple[int, ...]]


@dataclass(slots=True)
class Walked:
    """What came of a walk.

    Attributes:
        located: the findings, folded: one that shows at step after step is one finding from the
            first to the last.
        steps: how many steps there were.
        faults: checks of ours that broke down, a sentence each; the others went on.
        broken: their codes.
    """

    located: list[Located] = field(default_factory=list)
    steps: int = 0
    faults: list[str] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)

    def restore(self, other: Walked, codes: Collection[int]) -> None:
        """Have what checks found in another walk of the same run in place of what they found in this one."""
        own = [one for one in self.located if one.check.code not in codes]
        self.located[:] = sorted(
            [*own, *(one for one in other.located if one.check.code in codes)], key=_order
        )


class Walk:
    """Takes steps as they come. Holds findings, never the steps.

    Args:
        run: what is known of the whole run.
        checks: the ones to make.
    """

    def __init__(self, run: RunView, checks: Sequence[type[Check]]) -> None:
        self._checks = [check(run) for check in checks]
        self._open: dict[_Key, Located] = {}
        self._told_apart: Counter[tuple[int | None, int]] = Counter()
        self.result = Walked()

    def step(self, view: StepView) -> list[Located]:
        """Make all checks at one step, and return what was found there, unfolded."""
        self.result.steps += 1
        found = []
        for check in list(self._checks):
            try:
                findings = list(check.step(view))
            except Exception as error:  # a fault of ours with one check must not silence the others
                self._broke_down(check, f"step {view.index}", error)
                continue
            for finding in findings:
                located = Located(view.simulation, type(check), finding)
                found.append(located)
                self._fold(located)
        return found

    def refused(self, view: StepView) -> None:
        """Look at a call that has no answer and so is no step."""
        for check in [one for one in self._checks if one.looks_at_refused]:
            try:
                findings = list(check.step(view))
            except Exception as error:
                self._broke_down(check, f"call #{view.calls[0].id}", error)
                continue
            for finding in findings:
                said = f"call #{view.calls[0].id} of {view.calls[0].endpoint}, which failed: {finding.message}"
                self._fold(Located(None, type(check), replace(finding, message=said)))

    def end(self) -> Walked:
        """Make what checks can say only of the whole, and return everything, in order."""
        for check in list(self._checks):
            try:
                findings = list(check.end())
            except Exception as error:
                self._broke_down(check, "the end", error)
                continue
            for finding in findings:
                self._fold(Located(None, type(check), finding))
        self.result.located += self._open.values()
        self._open.clear()
        self.result.located.sort(key=_order)
        return self.result

    def _broke_down(self, check: Check, where: str, error: Exception) -> None:
        self._checks.remove(check)
        self.result.broken.add(check.code)
        self.result.faults.append(
            f"check {check.code} ({check.name}) broke down at {where}: {error!r}; please report it"
        )

    def _fold(self, new: Located) -> None:
        place = new.simulation, new.check.code
        full = self._told_apart[place] >= MOST_FINDINGS
        kind = "" if full else new.finding.kind or _NUMBER.sub("#", new.finding.message)
        key = (*place, kind, () if full else new.finding.agents)
        before = self._open.get(key)
        if (
            before is not None
            and new.simulation is not None
            and (full or _follows(before.finding, new.finding))
        ):
            self._open[key] = replace(
                before, finding=_joined(new.check, before.finding, new.finding)
            )
            return
        if before is not None:
            self.result.located.append(before)
        self._open[key] = new
        self._told_apart[place] += 1


def diagnose(
    run: RunView,
    steps: Iterable[StepView],
    checks: Sequence[type[Check]],
    refused: Iterable[StepView] = (),
) -> Walked:
    """Make all checks over a run: its steps, and calls that became none since they have no answer."""
    walk = Walk(run, checks)
    for view in steps:
        walk.step(view)
    for view in refused:
        walk.refused(view)
    return walk.end()


def _follows(before: Finding, new: Finding) -> bool:
    """Tell whether the steps of two findings meet, or are one after the other."""
    return before.step - 1 <= new.last_step and new.step <= before.last_step + 1


def _joined(check: type[Check], one: Finding, other: Finding) -> Finding:
    """Return one finding for both: what is said of the worse, and the latest guess.

    Of equals the first is told, beside the first step; of a kind the later one, which may say more.
    """
    before, after = check.badness(one), check.badness(other)
    worse = other if after > before or (after == before and other.kind) else one
    agents = (
        one.agents if one.agents == other.agents else tuple(sorted({*one.agents, *other.agents}))
    )
    first, last = min(one.step, other.step), max(one.last_step, other.last_step)
    has_gaps = one.message.endswith(_NOT_ALL) or not _follows(one, other)
    message = worse.message.removesuffix(_NOT_ALL) + (_NOT_ALL if has_gaps else "")
    return replace(
        worse, step=first, last_step=last, agents=agents, message=message, guess=other.guess
    )


def _order(located: Located) -> tuple[bool, int, int, int]:
    return (
        located.simulation is None,
        located.simulation or 0,
        located.finding.step,
        located.finding.code,
    )
