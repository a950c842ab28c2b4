"""Completion, as the shells themselves ask for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import Cli

#: Completes the words of a command line as bash does, and prints what it offers.
COMPLETE = """
eval "$({program} completion bash)"
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_iai_proxy_completion iai-proxy
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The command, by its own name."""
    found = tmp_path / "bin" / "iai-proxy"
    found.parent.mkdir()
    found.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m iai_proxy "$@"\n')
    found.chmod(0o755)
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("iai-proxy rep", ["replay"]),
        ("iai-proxy replay --on", ["--on-miss"]),
        ("iai-proxy replay --match n", ["nearest"]),
        ("iai-proxy export sc", ["scenario"]),
        ("iai-proxy completion f", ["fish"]),
    ],
)
def test_bash_completes(words: str, expected: list[str], program: Path, cli: Cli) -> None:
    script = COMPLETE.format(program=program, words=words)
    path = f"{program.parent}:{cli.environment['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script],
        env={**cli.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        cwd=cli.folder,
    )
    assert ran.stdout.split() == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_get_a_script_of_their_own(shell: str, cli: Cli) -> None:
    script = cli.invoke("completion", shell).stdout
    assert f"{shell}_complete" in script
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=script, text=True, check=True)


def test_without_a_name_it_is_for_the_users_shell(cli: Cli) -> None:
    named = cli.invoke("completion", "fish").stdout
    assert cli.invoke("completion", env={"SHELL": "/usr/bin/fish"}).stdout == named


@pytest.mark.parametrize(
    ("shell", "why"), [("/bin/csh", "$SHELL is csh"), ("", "$SHELL is not set")]
)
def test_an_unknown_shell_is_named(shell: str, why: str, cli: Cli) -> None:
    result = cli.invoke("completion", env={"SHELL": shell})
    assert result.exit_code == 2
    assert result.stderr == f"iai-proxy: {why}: name the shell, one of bash, zsh, fish\n"
