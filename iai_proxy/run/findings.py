"""What the checks of ``iai-proxy diagnose`` find in a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, overload

from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import Shown, diagnosed
from iai_proxy.errors import InputError
from iai_proxy.lineage import Step
from iai_proxy.run.reading import Reading
from iai_proxy.run.rows import Rows
from iai_proxy.run.simulations import own_steps
from iai_proxy.scene.recorded import RecordedRun
from iai_proxy.settings.wording import PYTHON
from iai_proxy.text import plural


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the client does wrong.

    Attributes:
        code: number of the check, such as 220; ``iai-proxy explain 220`` explains it.
        name: of the check.
        severity: ``error``, ``warning`` or ``info``.
        message: what is wrong: it may quote text from outside. Agents in it have the numbers of
            their places in the client's order, as in what ``iai-proxy diagnose`` prints.
        fix: what to do.
        simulation: number of the simulation; None if it is about none.
        branch: number of the first branch that has its first step; None if it is about none.
        steps: the steps that show it, from the first to the last; empty if it is about no
            simulation.
        agents: numbers of the agents that it is about, as :class:`Agent` has them, rising.
        call: number of the first call that shows it; None for a finding about the whole run.
        value: the worst value, in the unit of the check; None without one.
    """

    code: int
    name: str
    severity: str
    message: str
    fix: str
    simulation: int | None
    branch: int | None
    steps: range
    agents: tuple[int, ...]
    call: int | None
    value: float | None


class Findings(Rows[Finding], Sequence[Finding]):
    """The findings of a run, in order of simulations and steps.

    Attributes:
        note: what else must be known, such as that a check failed; None for nothing.
    """

    _table: ClassVar[str] = "findings"

    def __init__(
        self,
        reading: Reading,
        shown: Shown,
        found: Sequence[Finding],
        note: str | None,
    ) -> None:
        super().__init__(reading, shown.steps, shown.egos)
        self._found = found
        self.note = note

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        """Return a finding by its place, or several."""
        return self._found[index]

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'finding')}>"


def findings_of(
    reading: Reading, scenes: RecordedRun, egos: Collection[int] | None = None
) -> Findings:
    """Run all checks.

    Args:
        reading: the run.
        scenes: what there is to see in it.
        egos: indices, in the client's order, of agents that the client drives itself; None to infer
            them.

    Raises:
        InputError: the recording can't be read.
    """
    with reading.recording():
        shown = Shown(reading.latest, scenes.steps, egos)
        diagnosis = diagnosed(reading.path, ALL, egos, shown=shown)
    if diagnosis.error:
        raise InputError(diagnosis.error)
    places = _Places(scenes)
    found = [places.finding(each) for each in diagnosis.located]
    return Findings(reading, shown, found, diagnosis.note)


class _Places:
    """Finds branch and agents of findings.

    Args:
        scenes: of the run.
    """

    def __init__(self, scenes: RecordedRun) -> None:
        self._scenes = scenes
        self._known: dict[int, Mapping[int, tuple[int, Step]]] = {}

    def finding(self, located: Located) -> Finding:
        """Return a finding with what it is about."""
        check, found = located.check, located.finding
        branch, agents = self._branch_and_agents(located)
        about_steps = located.simulation is not None
        return Finding(
            code=check.code,
            name=check.name,
            severity=check.severity.value,
            message=found.sentence,
            fix=PYTHON(check.help),
            simulation=located.simulation,
            branch=branch,
            steps=range(found.step, found.last_step + 1) if about_steps else range(0),
            agents=agents,
            call=located.call,
            value=found.value,
        )

    def _branch_and_agents(self, located: Located) -> tuple[int | None, tuple[int, ...]]:
        number = located.simulation
        if number is None or not located.shown:
            return None, ()
        if number not in self._known:
            self._known[number] = self._steps(number)
        branch, step = self._known[number].get(located.shown[0], (None, None))
        if step is None:  # written since
            return None, ()
        _, named = self._known[number].get(located.agents_at, (None, step))
        who = self._scenes.who(number)[named]
        found = {who[index] for index in located.finding.agents if index < len(who)}
        return branch, tuple(sorted(found))

    def _steps(self, simulation: int) -> dict[int, tuple[int, Step]]:
        """Return by first call each step of a simulation, with the branch whose own it is."""
        info = next(each for each in self._scenes.simulations if each.number == simulation)
        return {
            min(joined.step.numbers): (branch, joined.step)
            for branch, own in own_steps(self._scenes, info).items()
            for joined in self._scenes.path(simulation, branch)
            if joined.index in own
        }
