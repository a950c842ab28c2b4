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

from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.diagnosis.wording import grouped
from iai_proxy.report.explanations import rule_id
from iai_proxy.report.finding_places import agents_of, call_of, named_agents, steps_of
from iai_proxy.report.findings_by_code import by_code
from iai_proxy.saying import Coloured
from iai_proxy.text import cut_list, numbered, plural, printable

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}
#: Units that are written as they are; other units are nouns.
_SYMBOLS: Final = frozenset({"m", "m/s", "m/s²", "ms", "rad"})
#: At most this many messages of one check in one simulation are shown; of more, only the worst.
_MOST_SHOWN: Final = 3
#: Lines are never folded to less than this.
_NARROWEST: Final = 30
#: What a line at the left edge goes on with, where it is folded.
_INDENT: Final = 2

_Line = tuple[int, Text]  #: its indent, and what it says


def text(diagnoses: Sequence[Diagnosis], *, width: int | None = None, colour: bool = False) -> str:
    """Return what ``iai-proxy diagnose`` shows.

    Args:
        diagnoses: of all inputs.
        width: where lines are folded. None is the terminal's width with colour; without colour
            lines are not folded, so that ``grep`` finds whole sentences.
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
        first, *more = _folded(line, room and max(room - (indent or _INDENT), _NARROWEST))
        console.print(Text.assemble(" " * indent, first), soft_wrap=True)
        for piece in more:  # never at the left edge, where it could pass for a line of its own
            console.print(Text.assemble(" " * (indent or _INDENT), piece), soft_wrap=True)
    return Coloured(file.getvalue()) if colour else file.getvalue()


def _lines(diagnoses: Sequence[Diagnosis]) -> Iterator[_Line]:
    counts: Counter[Severity] = Counter()
    if len(diagnoses) > 1:
        yield from _common(diagnoses)
    for diagnosis in diagnoses:
        yield from _unread(diagnosis) if diagnosis.error is not None else _read(diagnosis)
        yield 0, Text()
        counts.update(located.check.severity for located in diagnosis.located)
    if len(diagnoses) != 1 or counts:
        yield 0, _overall(diagnoses, counts)


def _common(diagnoses: Sequence[Diagnosis]) -> Iterator[_Line]:
    """Yield what was found by check, and in how many of the files that can be read."""
    read = sum(diagnosis.error is None for diagnosis in diagnoses)
    for count in (counts := by_code(diagnoses)):
        check = count.check
        facts = (
            f" {rule_id(check)} {check.name}: {plural(count.findings, 'finding')} in "
            f"{count.files} of {plural(read, 'file')}, for example in "
            f"{printable(count.example)}"
        )
        yield 0, Text.assemble((check.severity.value, _STYLES[check.severity]), facts)
    if counts:
        yield 0, Text()


def _unread(diagnosis: Diagnosis) -> Iterator[_Line]:
    """Yield the error, which names the file."""
    yield 0, Text(printable(diagnosis.error or ""), _STYLES[Severity.ERROR])


def _read(diagnosis: Diagnosis) -> Iterator[_Line]:
    counts = Counter(located.check.severity for located in diagnosis.located)
    contents = f"{plural(diagnosis.simulations, 'simulation')}, {plural(diagnosis.steps, 'step')}"
    yield 0, Text.assemble(_name(diagnosis), ": ", _counted(counts), f" ({contents})")
    if diagnosis.note is not None:
        yield 2, Text.assemble(("note: ", _STYLES[Severity.WARNING]), printable(diagnosis.note))
    yield from _egos(diagnosis)

    by_simulation: defaultdict[int | None, list[Located]] = defaultdict(list)
    for located in diagnosis.located:
        by_simulation[located.simulation].append(located)
    for simulation in sorted(by_simulation, key=lambda number: (number is None, number or 0)):
        head = "the whole run" if simulation is None else f"simulation {simulation}"
        yield 2, Text(head, "bold")
        yield from _checks(by_simulation[simulation], has_steps=simulation is not None)


def _name(diagnosis: Diagnosis) -> tuple[str, str]:
    return printable(diagnosis.file), "bold"


def _egos(diagnosis: Diagnosis) -> Iterator[_Line]:
    egos = diagnosis.egos
    if egos.named is not None:
        named = _named(index for index in egos.named if index < diagnosis.agents)
    else:
        named = _by_simulation(egos.by_simulation)
        if named:
            named += ", inferred: overwritten at most steps; use --ego to name them"
    if named:
        yield 2, Text(f"driven by the client: {named}")
    if too_many := _by_simulation(egos.too_many):
        why = "overwritten at most steps, but too many to be taken for the client's own"
        yield 2, Text(f"{why}: {too_many}; if they are, name them with --ego")


def _by_simulation(agents: Mapping[int, frozenset[int]]) -> str:
    """Name agents of simulations, by simulation if they differ."""
    simulations = defaultdict[frozenset[int], list[int]](list)
    for simulation, indices in sorted(agents.items()):
        simulations[indices].append(simulation)
    if len(simulations) == 1:
        return _named(next(iter(simulations)))
    return "; ".join(
        f"{_named(indices)} in {numbered(len(numbers), 'simulation')} "
        f"{cut_list(', '.join(map(str, numbers)))}"
        for indices, numbers in simulations.items()
    )


def _named(agents: Iterable[int]) -> str:
    return cut_list(named_agents(agents))


def _checks(located: Iterable[Located], *, has_steps: bool) -> Iterator[_Line]:
    by_check: defaultdict[type[Check], list[Located]] = defaultdict(list)
    for found in located:
        by_check[found.check].append(found)
    for check in sorted(
        by_check, key=lambda check: (_RANKS[check.severity], check.code, check.name)
    ):
        yield from _check(check, by_check[check], has_steps=has_steps)


def _check(check: type[Check], located: Sequence[Located], *, has_steps: bool) -> Iterator[_Line]:
    worst_first = sorted(
        located, key=lambda found: (-check.badness(found.finding), found.finding.step)
    )
    facts = "; ".join(_facts(check, worst_first, has_steps=has_steps))
    head = f" {rule_id(check)} {check.name}" + (f": {facts}" if facts else "")
    yield 4, Text.assemble((check.severity.value, _STYLES[check.severity]), head)

    shown = worst_first[:1]
    if len(located) <= _MOST_SHOWN:
        shown = sorted(located, key=lambda found: found.finding.step)
    for found in shown:
        places = (steps_of([found.finding]), call_of(found)) if has_steps else ()
        where = f"{', '.join(filter(None, places))}: " if places and len(located) > 1 else ""
        yield 6, Text(where + printable(found.finding.sentence))
    if len(shown) < len(located):
        yield 6, Text(f"… and {len(located) - len(shown)} more, no worse; --format json lists all")
    yield 6, Text.assemble(("what to do: ", "green"), printable(check.help))


def _facts(check: type[Check], worst_first: Sequence[Located], *, has_steps: bool) -> Iterator[str]:
    """Yield what the findings of a check have in common."""
    count = len(worst_first)
    findings = [found.finding for found in worst_first]
    if count > 1:
        yield plural(count, "finding")
    if has_steps:
        yield cut_list(steps_of(findings))
    if has_steps and count == 1 and (call := call_of(worst_first[0])):
        yield call
    if agents := agents_of(findings):
        yield cut_list(agents)
    worst = findings[0].value
    lasting = has_steps and any(found.step != found.last_step for found in findings)
    if worst is not None and isfinite(worst) and (count > 1 or lasting):
        yield f"worst value {_measured(worst, check.unit)}"


def _measured(value: float, unit: str) -> str:
    """Return a value with its unit, ``0.5 m``, or with what is counted, ``3 agents``."""
    is_count = unit and unit not in _SYMBOLS and value == round(value)
    return plural(round(value), unit) if is_count else f"{grouped(value)} {unit}".rstrip()


def _overall(diagnoses: Sequence[Diagnosis], counts: Counter[Severity]) -> Text:
    read = [diagnosis for diagnosis in diagnoses if diagnosis.error is None]
    found = sum(bool(diagnosis.located) for diagnosis in read)
    where = plural(found or len(read), "file")
    if 0 < found < len(read):
        where = f"{found} of {plural(len(read), 'file')}"
    unread = len(diagnoses) - len(read)
    but = f"; {plural(unread, 'file')} can't be read" if unread else ""
    return Text.assemble(_counted(counts), f" in {where}{but}")


def _counted(counts: Counter[Severity]) -> Text:
    parts = []
    for severity in Severity:
        if count := counts[severity]:
            noun = "info" if severity is Severity.INFO else severity.value
            parts.append(Text(plural(count, noun), _STYLES[severity]))
    return Text(", ").join(parts) if parts else Text("nothing found", "green")


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
