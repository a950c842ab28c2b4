"""What the docs and the code name exists: commands, options, links, paths, modules and tests."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import click
import pytest
from support.cli import all_commands
from support.pages import ALL_PAGES, ROOT

MISSING = object()
OF_MITMPROXY = {"--set"}
OF_PIP = {"--no-deps", "--require-hashes"}
#: Folders whose names begin a path in the repository.
FOLDERS = "iai_proxy|tests|docs|addons|configs|benchmarks|\\.ci"
ROOMS = "|".join(path.parent.name for path in (ROOT / "iai_proxy").glob("*/__init__.py"))
#: A path in the repository, as the code names it; Markdown pages also without their folder.
PATH = re.compile(
    rf"(?<![\w/.-])(?:(?:{FOLDERS})/[\w./-]*\w\.(?:py|md|toml|json)|[\w-]+\.md)\b", re.ASCII
)

PAGES = pytest.mark.parametrize("page", ALL_PAGES)


def spans(page: str) -> list[str]:
    """Return what stands between single backticks."""
    text = re.sub(r"(?ms)^```.*?^```$", "", (ROOT / page).read_text())
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


@PAGES
def test_commands_and_options(page: str, pytestconfig: pytest.Config) -> None:
    known = {name: options_of(command) for name, command in all_commands()}
    anywhere = set().union(*known.values()) | OF_MITMPROXY | OF_PIP
    for span in spans(page):
        flags = set(re.findall(r"(?<!\S)--[a-z][\w-]*", span.partition(" -- ")[0]))
        names = [name for name in known if f"{span} ".startswith(f"{name} ")]
        assert names or not span.startswith("iai-proxy "), span
        of_pytest = {flag for flag in flags if pytestconfig.getoption(flag, MISSING) is not MISSING}
        allowed = known[names[0]] if names else anywhere | of_pytest
        assert flags <= allowed or "…" in span, span


def options_of(command: click.Command) -> set[str]:
    options = {"--help"}
    for parameter in command.params:
        options.update(parameter.opts, parameter.secondary_opts)
    return options


@PAGES
def test_links(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (ROOT / page).parent / path if path else ROOT / page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@PAGES
def test_paths_modules_and_tests(page: str) -> None:
    for span in spans(page):
        path, _, test = span.partition("::")
        if re.fullmatch(rf"(?:{FOLDERS})/[\w./*-]*", path):
            assert any(ROOT.glob(path.rstrip("/"))), span
        elif page == "ARCHITECTURE.md" and re.fullmatch(rf"(?:{ROOMS})/[\w/]+(?:\.py)?", path):
            assert (ROOT / "iai_proxy" / path).exists(), span
        if test:
            assert f"def {test}(" in (ROOT / path).read_text(), span
        if re.fullmatch(r"iai_proxy(\.\w+)+", span):
            assert is_importable(span), span


def is_importable(name: str) -> bool:
    """Whether a name is a module, or an attribute of one."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return hasattr(importlib.import_module(module), attribute)
    return True


@pytest.mark.parametrize("folder", ["iai_proxy", "tests", "benchmarks", "addons", "configs"])
def test_pages_and_paths_in_the_code(folder: str) -> None:
    for source in (ROOT / folder).rglob("*.*"):
        if source.suffix in {".py", ".toml"}:
            for named in re.findall(PATH, source.read_text()):
                assert (ROOT / named).exists(), f"{source.relative_to(ROOT)} names {named}"


def test_the_rooms_of_the_plan_are_the_layers_of_the_contract() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    contracts = tools["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    expected = [
        (str(number), room)
        for number, layer in enumerate(layers, start=1)
        for room in re.split(r"\s*[|:]\s*", layer)
    ]
    plan = re.findall(r"(?m)^\| (\d+) \| `iai_proxy/(\w+)", (ROOT / "ARCHITECTURE.md").read_text())
    assert plan == expected
