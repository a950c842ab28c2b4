"""The reference of the Python API, from signatures and docstrings."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import iai_proxy
from iai_proxy import run
from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.testing.api import MissedError, Running, UnusedError

#: What each part of the page shows: headings and objects, with the names that users have for them.
FUNCTIONS = {
    "iai_proxy.open": iai_proxy.open,
    "iai_proxy.recording": iai_proxy.recording,
    "iai_proxy.replaying": iai_proxy.replaying,
}
CLASSES = (
    run.Run, run.Simulations, run.Simulation, run.Profile, run.Branch, run.Steps, run.AllSteps,
    run.Step, run.Agents, run.Agent, run.Lights, run.Light, run.Calls, run.Call,
    run.Request, run.Response, run.Findings, run.Finding, run.Map, run.Rows, Running,
)  # fmt: skip
ERRORS = (IaiProxyError, InputError, UsageError, MissedError, UnusedError)

#: Of a line of code, in characters.
WIDTH = 88

_SECTIONS = ("Args", "Attributes", "Example", "Raises", "Returns")
_SECTION = re.compile(rf"(?m)^({'|'.join(_SECTIONS)}):\n")
_ROLE = re.compile(r":(?:class|meth|attr|func|mod|data):`~?([^`]+)`")
_ENTRY = re.compile(r"(?m)^(\w+): ")


@dataclass(frozen=True)
class Documented:
    """A docstring, taken apart.

    Attributes:
        text: before its sections.
        sections: their texts by name.
    """

    text: str
    sections: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, thing: Any) -> Documented:
        parts = _SECTION.split(_plain(inspect.getdoc(thing) or ""))
        named = zip(parts[1::2], parts[2::2], strict=True)
        return cls(parts[0].strip(), {name: textwrap.dedent(text) for name, text in named})

    def lines(self) -> Iterator[str]:
        """Yield its Markdown."""
        yield from (self.text, "")
        for name in ("Args", "Attributes", "Returns", "Raises"):
            if text := self.sections.get(name):
                yield from (f"{name}:", "", *_listed(text), "")
        if example := self.sections.get("Example"):
            yield from ("```pycon", example.strip(), "```", "")


def api_markdown() -> str:
    """Return the page's generated part."""
    lines: list[str] = []
    for name, function in FUNCTIONS.items():
        lines += [f"## {name}", "", *_signature(name, function), *Documented.of(function).lines()]
    for kind in CLASSES:
        lines += [f"## {kind.__name__}", "", *_of_class(kind).lines(), *_members(kind)]
    lines += ["## Errors", ""]
    lines += [
        f"- `{kind.__module__}.{kind.__name__}`: {_joined(Documented.of(kind).text)}"
        for kind in ERRORS
    ]
    return "\n".join(lines) + "\n"


def _of_class(kind: type) -> Documented:
    """Return what a class says of itself, with the attributes that it has from others of ours."""
    own = Documented.of(kind)
    all_ = [Documented.of(owner).sections.get("Attributes", "") for owner in _owners(kind)]
    told = "\n".join(filter(None, all_))
    text = own.text
    if run.Rows in kind.__mro__[1:]:
        text += "\n\nHas `arrow()` and `pandas()`: see [Rows](#rows)."
    return Documented(text, {**own.sections, **({"Attributes": told} if told else {})})


def _owners(kind: type) -> list[type]:
    """Return a class and those of ours that it is made of, but for what has a part of its own."""
    ours = [owner for owner in kind.__mro__ if owner.__module__.startswith("iai_proxy.")]
    return [owner for owner in ours if owner is kind or owner not in CLASSES]


def _members(kind: type) -> Iterator[str]:
    """Yield properties, methods, and what those of a kind have in common with others."""
    for name, member in _public(kind):
        if isinstance(member, property | cached_property):
            yield from (f"### {kind.__name__}.{name}", "")
            getter = member.fget if isinstance(member, property) else member.func
            gives = inspect.signature(getter).return_annotation if getter else ""
            yield from ("```python", f"{kind.__name__}.{name}: {gives}", "```", "")
            yield from Documented.of(member).lines()
        else:
            yield from (f"### {kind.__name__}.{name}()", "")
            yield from _signature(f"{kind.__name__}.{name}", member)
            yield from Documented.of(member).lines()


def _public(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the documented members of a class and of those of ours that it is made of."""
    seen: set[str] = set()
    for owner in _owners(kind):
        for name, member in vars(owner).items():
            is_callable = inspect.isfunction(member) or isinstance(
                member, property | cached_property
            )
            if is_callable and not name.startswith("_") and name not in seen | _OURS:
                seen.add(name)
                yield name, member


#: What the rooms of the package ask of each other.
_OURS = {"scene", "sent", "steps_of", "log_left_over"}


def _signature(name: str, function: Callable[..., Any]) -> Iterator[str]:
    signature = inspect.signature(function)
    shown: list[str] = []
    for each in signature.parameters.values():
        if each.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        if each.name != "self":
            shown.append(_parameter(each))
    is_block = hasattr(function, "__wrapped__")  # a context manager, which gives what it yields
    gives = "" if is_block else f" -> {signature.return_annotation}"
    line = f"{name}({', '.join(shown)}){gives}"
    if len(line) > WIDTH:
        line = f"{name}(\n    " + ",\n    ".join(shown) + f",\n){gives}"
    yield from ("```python", line, "```", "")


def _parameter(parameter: inspect.Parameter) -> str:
    default = parameter.default
    shown = json.dumps(default) if isinstance(default, str) else str(default)
    ends = "" if default is parameter.empty else f" = {shown}"
    return f"{parameter.name}: {parameter.annotation}{ends}"


def _listed(text: str) -> Iterator[str]:
    parts = _ENTRY.split(text)
    if parts[0].strip():
        yield _joined(parts[0])
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        yield f"- `{name}`: {_joined(rest)}"


def _plain(text: str) -> str:
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def _joined(text: str) -> str:
    return " ".join(text.split())
