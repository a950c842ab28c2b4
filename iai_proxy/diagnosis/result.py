"""The result of diagnosing one input."""

from __future__ import annotations

from dataclasses import dataclass

from iai_proxy.diagnosis.check import Check, Located
from iai_proxy.diagnosis.egos import Egos


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One recording or debug log, diagnosed.

    Attributes:
        file: its path, as the user gave it.
        simulations: how many it holds.
        steps: how many they have together.
        agents: how many agents the largest step has.
        egos: the agents that the client drives itself.
        located: the findings.
        error: a sentence that says why it could not be read; None if it could.
        note: what else the user must know, such as that the log was cut off; None for nothing.
        checks: those that were run; empty for all there are.
    """

    file: str
    simulations: int
    steps: int
    egos: Egos
    located: tuple[Located, ...]
    error: str | None = None
    note: str | None = None
    checks: tuple[type[Check], ...] = ()
    agents: int = 0
