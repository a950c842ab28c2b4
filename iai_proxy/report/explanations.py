"""What a check's docstring says, for people: ``explain``, the README's table, the rules of a SARIF log."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.diagnosis.check import Check

#: The parts of a docstring after its first paragraph, as they begin there.
_PARTS: Final = ("Why", "Example", "Fix")
_BEGINNING: Final = re.compile(rf"({'|'.join(_PARTS)}):\s+")
_INDENT: Final = "  "


@dataclass(frozen=True, slots=True)
class Explanation:
    """A check's docstring, taken apart. Code stands between single backticks, as in Markdown.

    Attributes:
        summary: what it finds, one sentence.
        why: why that matters, as paragraphs; ``example`` and ``fix`` likewise.
    """

    summary: str
    why: tuple[str, ...] = ()
    example: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()


def rule_id(check: type[Check]) -> str:
    """Return the name of a check in reports: ``IAI011``."""
    return f"IAI{check.code:03d}"


def explanation(check: type[Check]) -> Explanation:
    """Take a check's docstring apart. A paragraph that begins with none of the parts' names goes on with the last."""
    summary, *paragraphs = _paragraphs(check)
    parts: dict[str, list[str]] = {name: [] for name in _PARTS}
    part = parts["Why"]
    for paragraph in paragraphs:
        if begins := _BEGINNING.match(paragraph):
            part = parts[begins[1]]
        part.append(_capital(paragraph[begins.end() if begins else 0 :]))
    return Explanation(summary, *(tuple(parts[name]) for name in _PARTS))


def facts(check: type[Check]) -> dict[str, Any]:
    """Return what ``iai-proxy explain --json`` prints of a check, as a JSON value."""
    said = explanation(check)
    return {
        "code": check.code,
        "name": check.name,
        "severity": check.severity.value,
        "summary": said.summary,
        "why": "\n\n".join(said.why),
        "example": "\n\n".join(said.example),
        "fix": "\n\n".join(said.fix),
        "help": check.help,
    }


def explained(check: type[Check], width: int) -> Iterator[str]:
    """Yield the lines that ``iai-proxy explain CODE`` prints."""
    said = explanation(check)
    yield f"{rule_id(check)} {check.name} ({check.severity})"
    yield ""
    yield from _folded(said.summary, width, "")
    for name, paragraphs in zip(_PARTS, (said.why, said.example, said.fix), strict=True):
        if paragraphs:
            yield ""
            yield name
        for number, paragraph in enumerate(paragraphs):
            if number:
                yield ""
            yield from _folded(paragraph, width, _INDENT)
    yield ""
    yield "In short"
    yield from _folded(check.help, width, _INDENT)


def checks_text(checks: Iterable[type[Check]], width: int) -> Iterator[str]:
    """Yield a table of checks, one each, that is no wider than it must."""
    rows = [
        (rule_id(check), check.name, str(check.severity), explanation(check).summary)
        for check in checks
    ]
    longest = max((len(row[1]) for row in rows), default=0)
    for code, name, severity, summary in rows:
        head = f"{code}  {name:<{longest}}  {severity:<7}  "
        room = max(width - len(head), 30)
        first, *others = list(_folded(summary, room, ""))
        yield head + first
        yield from (" " * len(head) + other for other in others)


def checks_markdown(checks: Iterable[type[Check]]) -> str:
    """Return the README's table of checks."""
    rows = ["| code | name | severity | what it finds |", "| --- | --- | --- | --- |"]
    for check in checks:
        cell = explanation(check).summary.replace("|", "\\|")
        rows.append(f"| {check.code} | {check.name} | {check.severity} | {cell} |")
    return "\n".join(rows) + "\n"


def _paragraphs(check: type[Check]) -> list[str]:
    told = inspect.cleandoc(check.__doc__ or check.name).replace("``", "`")
    return [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", told)]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _folded(paragraph: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        paragraph,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
