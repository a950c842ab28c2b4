"""A check that says what it is told to, and steps that tell it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.step_view import RunView, StepView

RUN = RunView([], 1, {})


class Saying(Check):
    """Says at each step what the request tells it to: a list of (message, agents, value)."""

    code = 900
    name = "saying"
    severity = Severity.WARNING
    help = "Do otherwise."

    def step(self, view: StepView) -> Iterable[Finding]:
        for message, agents, value in view.request.get("say", ()):
            yield self.finding(view, message, agents, value)


class Looking(Saying):
    """Looks back, and finds the same twice."""

    code = 902
    name = "looking"
    seen: ClassVar[list[int]] = []

    def step(self, view: StepView) -> Iterable[Finding]:
        return ()

    def end(self) -> Iterable[Finding]:
        yield Finding(self.code, 0, 0, (), None, "call 1 took 2.5 s")
        yield Finding(self.code, 0, 0, (), None, "call 7 took 3.5 s")


def view(
    index: int, *said: tuple[str, tuple[int, ...], float | None], simulation: int = 1
) -> StepView:
    request: dict[str, Any] = {"say": said}
    return StepView(simulation, index, "drive", "town", request, {}, [], [], None, (), ())
