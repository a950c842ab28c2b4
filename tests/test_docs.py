"""The documentation can't drift: its examples run, and its generated parts are up to date.

``make docs`` writes the generated parts anew.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.api_markdown import api_markdown
from support.cli import Cli, all_commands
from support.pages import (
    README,
    ROOT,
    USER_PAGES,
    Block,
    PageRun,
    blocks_of,
    environment_of,
    page_run,
)
from support.storage import storage

from iai_proxy.cli import group
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.report.explanations import checks_markdown
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.tables.describing import columns_markdown

BLOCKS = [block for page in USER_PAGES for block in blocks_of(page)]
SHELL_BLOCKS = [block for block in BLOCKS if block.language == "sh"]
#: Its examples have a stand-in for S3.
CLOUD = "docs/cloud.md"
CONSOLE_BLOCKS = [block for block in BLOCKS if block.language == "console"]


def help_of(command: str) -> str:
    arguments = [*command.split()[1:], "--help"]
    # click leaves two columns of a terminal of 80 free.
    shown = CliRunner().invoke(group, arguments, prog_name="iai-proxy", terminal_width=78)
    return shown.output.rstrip()


def all_helps() -> str:
    names = ["iai-proxy", *(name for name, _ in all_commands())]
    return "\n".join(f"## {name}\n\n```text\n{help_of(name)}\n```\n" for name in names)


@pytest.mark.parametrize(
    ("page", "marker", "generated"),
    [
        ("docs/diagnostics.md", "checks", lambda: checks_markdown(ALL)),
        ("docs/commands.md", "help", all_helps),
        ("docs/tables.md", "columns", columns_markdown),
        ("docs/api.md", "api", api_markdown),
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
    tmp_path_factory: pytest.TempPathFactory,
    ca_folder: Path,
    shared_folder: Path,
    sandbox: Sandbox,
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
                clean = Cli(folder, ca_folder, shared_folder).environment
                environment = environment_of(clean, folder, sandbox.url)
                if page == CLOUD:
                    environment |= stack.enter_context(storage()).variables
                    environment["IAI_PROXY_CACHE_DIR"] = str(folder / ".objects")
                started[page] = stack.enter_context(page_run(page, folder, environment))
            return started[page]

        yield run_of


def copy_what_the_readme_made(readme: PageRun, folder: Path) -> None:
    readme.run(next(block for block in SHELL_BLOCKS if "record -o run.iairec" in block.text))
    for name in ("my_sim.py", "run.iairec"):
        shutil.copy(readme.folder / name, folder)


@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize("block", SHELL_BLOCKS, ids=str)
def test_every_shell_block_runs(block: Block, runs: Callable[[str], PageRun]) -> None:
    runs(block.page).run(block)


@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize("block", CONSOLE_BLOCKS, ids=str)
def test_every_output_is_real(block: Block, runs: Callable[[str], PageRun]) -> None:
    """Each command is also in a shell block of the page, whose output has these lines in order."""
    printed: Iterator[str] = iter(())
    for line in block.text.splitlines():
        if line.startswith("$ "):
            example = shell_block_with(line.removeprefix("$ "), block.page)
            printed = iter(runs(block.page).run(example).splitlines())
        else:
            assert without_numbers(line) in map(without_numbers, printed), line


def shell_block_with(command: str, page: str) -> Block:
    return next(block for block in SHELL_BLOCKS if block.page == page and command in block.text)


def without_numbers(line: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "N", line)
