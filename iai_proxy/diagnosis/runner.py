"""Runs checks over the steps of a run, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from iai_proxy.diagnosis.check import Check, Finding, Located
from iai_proxy.diagnosis.folding import Folder
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.errors import IaiProxyError


@dataclass(slots=True)
class CheckResults:
    """What the checks found.

    Attributes:
        located: the findings. One that shows at consecutive steps is one finding.
        steps: how many steps were checked.
        faults: a sentence for each check that raised an exception; the other checks went on.
        broken: the codes of those.
    """

    located: list[Located] = field(default_factory=list)
    steps: int = 0
    faults: list[str] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)

    def take_over(self, earlier: CheckResults, codes: Collection[int]) -> None:
        """Replace what some checks found by what they found in an earlier pass over the run."""
        kept = [located for located in self.located if located.check.code not in codes]
        replacing = [located for located in earlier.located if located.check.code in codes]
        self.located[:] = sorted([*kept, *replacing], key=_order)


class CheckRunner:
    """Runs checks on one step after another. It keeps findings, never steps.

    Args:
        run: what is known about the whole run.
        checks: the ones to run.
    """

    def __init__(self, run: RunView, checks: Sequence[type[Check]]) -> None:
        self._checks = [check(run) for check in checks]
        self._folder = Folder()
        #: By first call of a step that of the step before it; None for a simulation's first.
        self._before: dict[int, int | None] = {}
        self.result = CheckResults()

    def step(self, view: StepView) -> list[Located]:
        """Run all checks on one step, and return what that step shows, unfolded."""
        self.result.steps += 1
        previous = view.previous
        self._before[view.first_call] = previous.first_call if previous else None
        found = []
        for check in list(self._checks):
            for finding in self._findings(check, lambda c: c.step(view), f"step {view.index}"):
                shown = self._shown(finding, view)
                is_first = len(shown) == view.index - finding.step + 1
                call = shown[0] if shown and is_first else None
                located = Located(view.simulation, type(check), finding, call, shown)
                found.append(located)
                self._folder.add(located)
        return found

    def refused(self, view: StepView) -> None:
        """Run the checks that look at calls without an answer."""
        call = view.calls[0]
        for check in [check for check in self._checks if check.looks_at_refused]:
            for finding in self._findings(check, lambda c: c.step(view), f"call #{call.id}"):
                message = f"call #{call.id} of {call.endpoint}, which failed: {finding.message}"
                named = replace(finding, message=message)
                self._folder.add(Located(None, type(check), named, call.id))

    def end(self) -> CheckResults:
        """Run what checks report at the end, and return everything in order."""
        for check in list(self._checks):
            for finding in self._findings(check, lambda c: c.end(), "the end"):
                self._folder.add(Located(None, type(check), finding))
        self.result.located += self._folder.take()
        self.result.located.sort(key=_order)
        return self.result

    def _shown(self, finding: Finding, view: StepView) -> tuple[int, ...]:
        """Return the first calls of a finding's steps: up to this one, on its branch."""
        calls: list[int] = []
        call: int | None = view.first_call
        for _ in range(finding.step, view.index + 1):
            if not call:
                break
            calls.append(call)
            call = self._before.get(call)
        return tuple(reversed(calls))

    def _findings(
        self, check: Check, method: Callable[[Check], Iterable[Finding]], where: str
    ) -> list[Finding]:
        """Return what a check finds. One that raises is not run again, and the others go on."""
        try:
            return list(method(check))
        except (IaiProxyError, MemoryError):  # what it looked at can't be read, by no check
            raise
        except Exception as error:
            self._checks.remove(check)
            self.result.broken.add(check.code)
            self.result.faults.append(
                f"check {check.code} ({check.name}) failed at {where}: {error!r}; please report it"
            )
            return []


def run_checks(
    run: RunView,
    steps: Iterable[StepView],
    checks: Sequence[type[Check]],
    refused: Iterable[StepView] = (),
) -> CheckResults:
    """Run checks over the steps of a run, and over calls that are no step for lack of an answer."""
    runner = CheckRunner(run, checks)
    for view in steps:
        runner.step(view)
    for view in refused:
        runner.refused(view)
    return runner.end()


def _order(located: Located) -> tuple[bool, int, int, int]:
    return (
        located.simulation is None,
        located.simulation or 0,
        located.finding.step,
        located.finding.code,
    )
