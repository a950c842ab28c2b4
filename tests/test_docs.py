"""The documentation can't drift: its examples run, its generated parts and its names are real.

``make docs`` writes the generated parts anew.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.cli import Cli
from support.pages import ROOT, Block, PageRun, blocks_of, environment_of, page_run

from iai_proxy.cli import group
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.report.explanations import checks_markdown
from iai_proxy.sandbox.server import Sandbox

README = "README.md"
PAGES = [README, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
ALL_PAGES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*.md")) + PAGES[1:]
BLOCKS = [block for page in PAGES for block in blocks_of(page)]

MISSING = object()
OF_MITMPROXY = {"--set"}
#: Folders and files whose names begin a path in the repository.
TOP_LEVEL = "iai_proxy|tests|docs|addons|configs|benchmarks|\\.ci"
#: A path in the repository, as the code names it; Markdown pages also without their folder.
PATH = re.compile(
    rf"(?<![\w/.-])(?:(?:{TOP_LEVEL})/[\w./-]*\w\.(?:py|md|toml|json)|[\w-]+\.md)\b", re.ASCII
)


def commands(of: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its full name."""
    if not isinstance(of, click.Group):
        yield name, of
        return
    context = click.Context(of)
    for child in of.list_commands(context):
        found = of.get_command(context, child)
        assert found
        yield from commands(found, f"{name} {child}")


def help_of(command: str) -> str:
    arguments = [*command.split()[1:], "--help"]
    # click leaves two columns of a terminal of 80 free.
    shown = CliRunner().invoke(group, arguments, prog_name="iai-proxy", terminal_width=78)
    return shown.output.rstrip()


def all_helps() -> str:
    names = ["iai-proxy", *(name for name, _ in commands(group, "iai-proxy"))]
    return "\n".join(f"## {name}\n\n```text\n{help_of(name)}\n```\n" for name in names)


@pytest.mark.parametrize(
    ("page", "marker", "generated"),
    [
        ("docs/diagnostics.md", "checks", lambda: checks_markdown(ALL)),
        ("docs/commands.md", "help", all_helps),
    ],
)
def test_generated_parts_are_up_to_date(
    page: str, marker: str, generated: Callable[[], str]
) -> None:
    text = (ROOT / page).read_text()
    begin, end = f"<!-- {marker}:begin -->\n", f"<!-- {marker}:end -->"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    expected = f"{before}{begin}{generated()}{end}{after}"
    if os.environ.get("UPDATE_DOCS"):
        (ROOT / page).write_text(expected)
    else:
        assert text == expected, "run `make docs`"


@pytest.fixture(scope="session")
def runs(
    tmp_path_factory: pytest.TempPathFactory, ca_folder: Path, sandbox: Sandbox
) -> Iterator[Callable[[str], PageRun]]:
    """Gives the run of a page. Pages other than the README begin with what the README made."""
    pytest.importorskip("invertedai")
    started: dict[str, PageRun] = {}
    with ExitStack() as stack:

        def run_of(page: str) -> PageRun:
            if page not in started:
                folder = tmp_path_factory.mktemp(Path(page).stem)
                if page != README:
                    copy_what_the_readme_made(run_of(README), folder)
                clean = Cli(folder, ca_folder).environment
                environment = environment_of(clean, folder, sandbox.url)
                started[page] = stack.enter_context(page_run(page, folder, environment))
            return started[page]

        yield run_of


def copy_what_the_readme_made(readme: PageRun, folder: Path) -> None:
    shell = [block for block in BLOCKS if block.language == "sh"]
    readme.run(next(block for block in shell if "record -o run.iairec" in block.text))
    for name in ("my_sim.py", "run.iairec"):
        shutil.copy(readme.folder / name, folder)


@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "sh"], ids=str)
def test_every_shell_block_runs(block: Block, runs: Callable[[str], PageRun]) -> None:
    runs(block.page).run(block)


@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "console"], ids=str
)
def test_every_output_is_real(block: Block, runs: Callable[[str], PageRun]) -> None:
    printed: Iterator[str] = iter(())
    for line in block.text.splitlines():
        if line.startswith("$ "):
            command = line.removeprefix("$ ")
            page = [other for other in BLOCKS if other.page == block.page]
            example = next(
                other for other in page if other.language == "sh" and command in other.text
            )
            printed = iter(runs(block.page).run(example).splitlines())
        else:
            assert numberless(line) in map(numberless, printed), line


def numberless(line: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "N", line)


def spans(page: str) -> list[str]:
    """Return what stands between single backticks."""
    text = re.sub(r"(?ms)^```.*?^```$", "", (ROOT / page).read_text())
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


@pytest.mark.parametrize("page", ALL_PAGES)
def test_every_command_and_option_that_is_named_exists(
    page: str, pytestconfig: pytest.Config
) -> None:
    known = {name: options_of(command) for name, command in commands(group, "iai-proxy")}
    anywhere = set().union(*known.values())
    for span in spans(page):
        flags = set(re.findall(r"(?<!\S)--[a-z][\w-]*", span.partition(" -- ")[0]))
        names = [name for name in known if f"{span} ".startswith(f"{name} ")]
        assert names or not span.startswith("iai-proxy "), span
        of_pytest = {flag for flag in flags if pytestconfig.getoption(flag, MISSING) is not MISSING}
        allowed = known[names[0]] if names else anywhere | of_pytest | OF_MITMPROXY
        assert flags <= allowed or "…" in span, span


def options_of(command: click.Command) -> set[str]:
    options = {"--help"}
    for parameter in command.params:
        options.update(parameter.opts, parameter.secondary_opts)
    return options


@pytest.mark.parametrize("page", ALL_PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
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


@pytest.mark.parametrize("page", ALL_PAGES)
def test_every_path_and_module_that_is_named_exists(page: str) -> None:
    for span in spans(page):
        path, _, test = span.partition("::")
        if re.fullmatch(rf"(?:{TOP_LEVEL})/[\w./*-]*", path):
            assert any(ROOT.glob(path.rstrip("/"))), span
            assert f"def {test}(" in (ROOT / path).read_text() if test else True, span
        if re.fullmatch(r"iai_proxy(\.\w+)+", span):
            assert is_importable(span), span


@pytest.mark.parametrize("folder", ["iai_proxy", "tests", "benchmarks", "addons", "configs"])
def test_every_page_and_path_that_the_code_names_exists(folder: str) -> None:
    for source in (ROOT / folder).rglob("*.*"):
        if source.suffix in {".py", ".toml"}:
            for named in re.findall(PATH, source.read_text()):
                assert (ROOT / named).exists(), f"{source.relative_to(ROOT)} names {named}"


def test_the_plan_has_the_layers_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    expected = [
        (str(number), room)
        for number, layer in enumerate(layers, start=1)
        for room in re.split(r"\s*[|:]\s*", layer)
    ]
    plan = re.findall(r"(?m)^\| (\d+) \| `iai_proxy/(\w+)", (ROOT / "ARCHITECTURE.md").read_text())
    assert plan == expected


def is_importable(name: str) -> bool:
    """Whether a name is a module, or stands in one."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return hasattr(importlib.import_module(module), attribute)
    return True
