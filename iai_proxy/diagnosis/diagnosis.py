"""What came of diagnosing one input."""

from __future__ import annotations

from dataclasses import dataclass

from iai_proxy.diagnosis.check import Check, Located
from iai_proxy.diagnosis.egos import Egos


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One recording or debug log, diagnosed.

    Attributes:
        file: its path, as the user gave it.
        simulations: how many it holds; ``steps`` of all of them.
        agents: how many agents the largest step has.
        egos: the agents that the client drives itself.
        located: the findings.
        error: why it could not be read, a sentence; None where it could.
        note: what else is to be said, such as that the log was cut off; None for nothing.
        checks: those that were made; empty for all there are.
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
