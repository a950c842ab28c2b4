"""What a check's docstring says: for ``explain``, the table in the docs, and SARIF rules."""

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
    """The parts of a check's docstring. Code is in single backticks, as in Markdown.

    Attributes:
        summary: what it finds, one sentence.
        why, example, fix: the paragraphs of each part.
    """

    summary: str
    why: tuple[str, ...] = ()
    example: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()

    @property
    def sections(self) -> list[tuple[str, tuple[str, ...]]]:
        """The parts that there are, each with its name."""
        parts = zip(_PARTS, (self.why, self.example, self.fix), strict=True)
        return [(name, paragraphs) for name, paragraphs in parts if paragraphs]


def rule_id(check: type[Check]) -> str:
    """Return the name of a check in reports: ``IAI011``."""
    return f"IAI{check.code:03d}"


def explanation(check: type[Check]) -> Explanation:
    """Take a check's docstring apart. A paragraph without a name belongs to the part before it."""
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
    parts = explanation(check)
    return {
        "code": check.code,
        "name": check.name,
        "severity": check.severity.value,
        "summary": parts.summary,
        "why": "\n\n".join(parts.why),
        "example": "\n\n".join(parts.example),
        "fix": "\n\n".join(parts.fix),
        "help": check.help,
    }


def explained(check: type[Check], width: int) -> Iterator[str]:
    """Yield the lines that ``iai-proxy explain CODE`` prints."""
    parts = explanation(check)
    yield f"{rule_id(check)} {check.name} ({check.severity})"
    yield ""
    yield from _folded(parts.summary, width, "")
    for name, paragraphs in parts.sections:
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
    """Yield a table of checks, no wider than needed."""
    rows = [
        (rule_id(check), check.name, str(check.severity), explanation(check).summary)
        for check in checks
    ]
    longest = max((len(row[1]) for row in rows), default=0)
    for code, name, severity, summary in rows:
        head = f"{code}  {name:<{longest}}  {severity:<7}  "
        room = max(width - len(head), 30)
        first, *rest = _folded(summary, room, "")
        yield head + first
        yield from (" " * len(head) + line for line in rest)


def checks_markdown(checks: Iterable[type[Check]]) -> str:
    """Return the table of checks in the docs."""
    rows = ["| code | name | severity | what it finds |", "| --- | --- | --- | --- |"]
    for check in checks:
        cell = explanation(check).summary.replace("|", "\\|")
        rows.append(f"| {check.code} | {check.name} | {check.severity} | {cell} |")
    return "\n".join(rows) + "\n"


def _paragraphs(check: type[Check]) -> list[str]:
    text = inspect.cleandoc(check.__doc__ or check.name).replace("``", "`")
    return [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text)]


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
