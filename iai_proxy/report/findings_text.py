"""Findings for people: by file, by simulation, by check, the worst first."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from math import isfinite
from typing import Final

from rich.console import Console
from rich.text import Text

from iai_proxy.diagnosis.check import Check, Finding, Located, Severity
from iai_proxy.diagnosis.diagnosis import Diagnosis
from iai_proxy.report.explanations import rule_id
from iai_proxy.report.places import agents_of, printable, steps_of
from iai_proxy.report.units import measured, plural

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}
#: So many messages of one check in one simulation are shown; of more than that, only the worst.
_MOST_SHOWN: Final = 3
#: A list of steps or agents that is longer, in characters, is cut.
_LONGEST_LIST: Final = 60
#: Lines are not folded to less than this.
_NARROWEST: Final = 30

_Line = tuple[int, Text]  #: its indent, and what it says


def text(diagnoses: Sequence[Diagnosis], *, width: int | None = None, colour: bool = False) -> str:
    """Return what ``iai-proxy diagnose`` shows.

    Args:
        diagnoses: of all inputs.
        width: where lines are folded; None for the terminal's width with colour, and not at all
            without, so that ``grep`` finds whole sentences.
        colour: whether it is for a terminal. ``NO_COLOR`` is obeyed.
    """
    console = Console(
        file=(file := StringIO()),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        legacy_windows=False,
    )
    room = console.width if colour else width
    for indent, line in _lines(diagnoses):
        for piece in _folded(line, room and max(room - indent, _NARROWEST)):
            console.print(Text.assemble(" " * indent, piece), soft_wrap=True)
    return file.getvalue()


def _lines(diagnoses: Sequence[Diagnosis]) -> Iterator[_Line]:
    for one in diagnoses:
        yield from _file(one)
    counts = Counter(located.check.severity for one in diagnoses for located in one.located)
    if len(diagnoses) != 1 or counts:
        yield 0, _overall(diagnoses, counts)


def _file(one: Diagnosis) -> Iterator[_Line]:
    name = (printable(one.file), "bold")
    if one.error is not None:
        yield 0, Text.assemble(name, ": ", ("can't be read", _STYLES[Severity.ERROR]))
        yield 2, Text(printable(one.error))
        yield 0, Text()
        return
    counts = Counter(located.check.severity for located in one.located)
    held = f" ({plural(one.simulations, 'simulation')}, {plural(one.steps, 'step')})"
    yield 0, Text.assemble(name, ": ", _counted(counts), held)
    if one.note is not None:
        yield 2, Text.assemble(("note: ", _STYLES[Severity.WARNING]), printable(one.note))
    if whom := _driven(one):
        yield 2, Text(f"driven by the client: {whom}")
    if whom := _in_each(one.egos.too_many):
        said = f"overwritten at most steps, but too many to be taken for the client's own: {whom}"
        yield 2, Text(f"{said}; if they are, --ego names them")
    by_simulation: defaultdict[int | None, list[Located]] = defaultdict(list)
    for located in one.located:
        by_simulation[located.simulation].append(located)
    for simulation in sorted(by_simulation, key=lambda number: (number is None, number or 0)):
        yield 2, Text("the whole run" if simulation is None else f"simulation {simulation}", "bold")
        yield from _simulation(by_simulation[simulation], placed=simulation is not None)
    yield 0, Text()


def _driven(one: Diagnosis) -> str:
    if one.egos.named is not None:
        return _named(index for index in one.egos.named if index < one.agents)
    whom = _in_each(one.egos.by_simulation)
    return f"{whom}, inferred: overwritten at most steps; --ego names them for sure" if whom else ""


def _in_each(agents: Mapping[int, frozenset[int]]) -> str:
    """Name agents of simulations, by simulation where they differ."""
    simulations = defaultdict[frozenset[int], list[int]](list)
    for simulation, indices in sorted(agents.items()):
        simulations[indices].append(simulation)
    return "; ".join(
        _named(indices) + (_in_simulations(numbers) if len(simulations) > 1 else "")
        for indices, numbers in simulations.items()
    )


def _named(indices: Iterable[int]) -> str:
    return _cut(agents_of([Finding(0, 0, 0, tuple(sorted(indices)), None, "")]))


def _in_simulations(numbers: Sequence[int]) -> str:
    return f" in {'simulation' if len(numbers) == 1 else 'simulations'} {_cut(', '.join(map(str, numbers)))}"


def _simulation(located: Iterable[Located], *, placed: bool) -> Iterator[_Line]:
    by_check: defaultdict[type[Check], list[Finding]] = defaultdict(list)
    for one in located:
        by_check[one.check].append(one.finding)
    for check in sorted(
        by_check, key=lambda check: (_RANKS[check.severity], check.code, check.name)
    ):
        yield from _check(check, by_check[check], placed=placed)


def _check(check: type[Check], findings: Sequence[Finding], *, placed: bool) -> Iterator[_Line]:
    facts = []
    if len(findings) > 1:
        facts.append(plural(len(findings), "finding"))
    if placed:
        facts.append(_cut(steps_of(findings)))
    if agents := agents_of(findings):
        facts.append(_cut(agents))
    ordered = sorted(findings, key=lambda finding: (-check.badness(finding), finding.step))
    worst = ordered[0].value
    lasting = placed and any(finding.step != finding.last_step for finding in findings)
    if worst is not None and isfinite(worst) and (len(findings) > 1 or lasting):
        facts.append(f"worst value {measured(worst, check.unit)}")
    head = f" {rule_id(check)} {check.name}" + (f": {'; '.join(facts)}" if facts else "")
    yield 4, Text.assemble((check.severity.value, _STYLES[check.severity]), head)
    shown = (
        sorted(findings, key=lambda finding: finding.step)
        if len(ordered) <= _MOST_SHOWN
        else ordered[:1]
    )
    for finding in shown:
        where = f"{steps_of([finding])}: " if placed and len(findings) > 1 else ""
        yield 6, Text(where + printable(finding.sentence))
    if len(shown) < len(findings):
        yield 6, Text(f"… and {len(findings) - len(shown)} more, no worse; --format json lists all")
    yield 6, Text.assemble(("what to do: ", "green"), printable(check.help))


def _overall(diagnoses: Sequence[Diagnosis], counts: Counter[Severity]) -> Text:
    read = [one for one in diagnoses if one.error is None]
    found = sum(bool(one.located) for one in read)
    where = plural(found or len(read), "file")
    if 0 < found < len(read):
        where = f"{found} of {plural(len(read), 'file')}"
    unread = len(diagnoses) - len(read)
    but = f"; {plural(unread, 'file')} can't be read" if unread else ""
    return Text.assemble(_counted(counts), f" in {where}{but}")


def _counted(counts: Counter[Severity]) -> Text:
    parts = [
        Text(
            plural(counts[severity], "info" if severity is Severity.INFO else severity.value),
            _STYLES[severity],
        )
        for severity in Severity
        if counts[severity]
    ]
    return Text(", ").join(parts) if parts else Text("nothing found", "green")


def _cut(listed: str) -> str:
    if len(listed) <= _LONGEST_LIST:
        return listed
    kept = listed[:_LONGEST_LIST].rpartition(",")[0]
    more = listed.count(",") - kept.count(",")
    return f"{kept} and {more} more"


def _folded(line: Text, width: int | None) -> Iterator[Text]:
    """Fold between words only: a path that is cut can't be copied."""
    breaks, begin = [], 0
    for word in re.finditer(r"\S+", line.plain):
        if width is not None and word.end() - begin > width and word.start() > begin:
            begin = word.start()
            breaks.append(begin)
    for piece in line.divide(breaks):
        piece.rstrip()
        yield piece
