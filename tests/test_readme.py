"""The README can't drift: its blocks run, and each command stands in it with its real ``--help``.

``make readme`` writes the helps anew.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import Cli

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.report.explanations import checks_markdown

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = (
    "record", "replay", "sandbox", "demo", "show", "calls", "call", "diagnose", "explain", "import",
    "export debug-log", "export scenario", "verify", "env", "ca",
)  # fmt: skip
_CHECKS = re.compile(r"(?s)(<!-- checks:begin -->\n).*(<!-- checks:end -->)")
_HELP = re.compile(r"(?s)(<!-- help:begin -->\n).*(<!-- help:end -->)")


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?s)```{language}\n(.*?)```", README)


def helps() -> str:
    parts = []
    for command in COMMANDS:
        shown = subprocess.run(
            [sys.executable, "-m", "iai_proxy", *command.split(), "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "100"},
        ).stdout
        parts.append(f"### iai-proxy {command}\n\n```text\n{shown.rstrip()}\n```\n")
    return "\n".join(parts)


def test_every_check_and_every_commands_real_help_stand_in_the_readme() -> None:
    expected, tables = _CHECKS.subn(
        lambda found: f"{found[1]}{checks_markdown(ALL)}{found[2]}", README
    )
    expected, places = _HELP.subn(lambda found: f"{found[1]}{helps()}{found[2]}", expected)
    assert (tables, places) == (1, 1), "a marker is missing"
    if os.environ.get("UPDATE_README"):
        (ROOT / "README.md").write_text(expected)
    else:
        assert expected == README, "run `make readme`"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (program,) = blocks("python")
    (tmp_path / "my_sim.py").write_text(program)
    (tmp_path / "addons").symlink_to(ROOT / "addons")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    return tmp_path


@pytest.mark.parametrize("block", blocks("sh"), ids=lambda block: block.splitlines()[0])
def test_every_shell_block_runs(
    block: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if block.startswith("make "):
        subprocess.run(
            ["make", "--dry-run", *block.split()[1:]], cwd=ROOT, check=True, capture_output=True
        )
        return
    if "my_sim.py" in block:
        pytest.importorskip("invertedai")
    if "curl" in block and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    for port in set(re.findall(r"(?<=127\.0\.0\.1:)\d+|(?<=--listen-port )\d+", block)):
        free = str(_free_port())
        block = block.replace(port, free)
        # On a machine that is busy with other tests three seconds may not be enough.
        block = block.replace(
            "sleep 3\n", f"until (: > /dev/tcp/127.0.0.1/{free}) 2> /dev/null; do sleep 0.1; done\n"
        )
    environment = Cli(folder, tmp_path_factory.mktemp("ca")).environment
    environment |= {
        "IAI_PROXY_UPSTREAM": "sandbox",  # the real API can't be reached from a test
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "HOME": str(tmp_path_factory.mktemp("home")),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
