"""The result of diagnosing one input."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from iai_proxy.diagnosis.check import Check, Located
from iai_proxy.diagnosis.egos import Egos
from iai_proxy.errors import NO_MEMORY, PLEASE_REPORT

#: How sentences end that do not blame the input.
_NOT_THE_INPUT: Final = (NO_MEMORY, PLEASE_REPORT)


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

    @property
    def unchecked(self) -> str:
        """A sentence for who looks at the file: why there are no findings; empty if it was read."""
        if not self.error:
            return ""
        if self.error.endswith(_NOT_THE_INPUT):
            return self.error
        return f"{self.error}; `{shlex.join(['iai-proxy', 'verify', self.file])}` says more"
