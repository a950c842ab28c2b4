"""Nothing but one module writes to the standard streams: what it prints is escaped there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
SOURCES = sorted([*(HOME / "iai_proxy").rglob("*.py"), *(HOME / "addons").rglob("*.py")])
PRINTS = HOME / "iai_proxy/saying.py"

#: What writes to a standard stream by itself.
PRINTERS = {
    "print", "input", "breakpoint", "pprint.pprint", "pprint.pp", "rich.print", "os.system",
    "click.echo", "click.secho", "click.echo_via_pager", "click.prompt", "click.confirm",
    "click.pause", "click.clear", "click.edit", "logging.basicConfig", "logging.StreamHandler",
    "logging.lastResort", "faulthandler.enable", "sys.stdout.buffer", "sys.stderr.buffer",
    "sys.stdout.write", "sys.stderr.write", "sys.stdout.writelines", "sys.stderr.writelines",
    "sys.__stdout__", "sys.__stderr__",
}  # fmt: skip
#: What does so unless it is told where to.
NEED_A_FILE = {"Console", "rich.console.Console", "click.progressbar", "click.progress_bar"}
#: Where a descriptor of a terminal is written to, or a traceback is put out: all of it is escaped.
KNOWN = {
    ("iai_proxy/cli/status_line.py", "os.write"),
    ("iai_proxy/cli/__init__.py", "traceback.print_exception"),
    ("iai_proxy/child_process.py", "traceback.print_exc"),
}
LOW = {"os.write", "traceback.print_exception", "traceback.print_exc", "traceback.print_stack"}


def named(node: ast.expr) -> str:
    """The dotted name of an expression; empty if it is none."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{named(value)}.{attribute}"
    return ""


def around(tree: ast.AST) -> Iterator[str]:
    """Yield what a module has that writes to a standard stream."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and named(node) in PRINTERS | LOW:
            yield named(node)
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from sorted(names & (PRINTERS | LOW))
        if isinstance(node, ast.Call) and named(node.func) in NEED_A_FILE and not has_file(node):
            yield f"{named(node.func)} without file"


def has_file(call: ast.Call) -> bool:
    return "file" in {keyword.arg for keyword in call.keywords}


def test_no_module_prints_around_the_one_that_does() -> None:
    found = {
        (path.relative_to(HOME).as_posix(), name)
        for path in SOURCES
        if path != PRINTS
        for name in around(ast.parse(path.read_bytes()))
    }
    assert found == KNOWN


@pytest.mark.parametrize(
    "code",
    [
        "print('x')", "import sys; sys.stdout.write('x')", "from click import echo",
        "out = sys.stderr.buffer", "Console().print('x')", "show = print", "os.write(1, b'x')",
        "import logging; logging.basicConfig()",
    ],
)  # fmt: skip
def test_printing_is_noticed(code: str) -> None:
    assert list(around(ast.parse(code)))


def test_what_prints_exactly_is_no_text_from_outside() -> None:
    """A shell evaluates it, or another program is given it: a new user of it is to be looked at."""
    users = {
        path.relative_to(HOME / "iai_proxy").as_posix()
        for path in SOURCES
        if "show_exactly" in path.read_text() and path != PRINTS
    }
    assert users == {
        "cli/addon.py",
        "cli/completion.py",
        "cli/env.py",
        "cli/options.py",
        "sandbox/__main__.py",
    }
