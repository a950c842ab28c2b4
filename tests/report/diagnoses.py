"""Diagnoses to report, made by hand."""

from __future__ import annotations

from collections.abc import Iterable

from iai_proxy.diagnosis.check import Finding, Located
from iai_proxy.diagnosis.egos import Egos
from iai_proxy.diagnosis.registry import by_code
from iai_proxy.diagnosis.result import Diagnosis


def found(
    code: int,
    steps: tuple[int, int] = (3, 3),
    message: str = "agent 4 is wrong",
    *,
    agents: Iterable[int] = (),
    value: float | None = None,
    simulation: int | None = 1,
    call: int | None = None,
) -> Located:
    finding = Finding(code, *steps, tuple(agents), value, message)
    return Located(simulation, by_code(code), finding, call)


def diagnosis(
    *located: Located,
    file: str = "run.iairec",
    egos: Egos | None = None,
    error: str | None = None,
    note: str | None = None,
    agents: int = 100,
) -> Diagnosis:
    if error is not None:
        return Diagnosis(file, 0, 0, Egos(frozenset()), (), error)
    return Diagnosis(file, 1, 51, egos or Egos(frozenset()), located, None, note, agents=agents)
