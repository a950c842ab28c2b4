"""The line at the bottom of a terminal, as a terminal emulator shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.cli import COMMAND, Cli
from support.terminal import Terminal

#: A run of 40 lines, written by another process as a client's are.
PROGRAM = """
import subprocess, sys, time
from iai_proxy.cli.status_line import status_line
code = "for number in range(40): print('client', number, flush=True)"
with status_line(lambda: "all is well" + " and more" * 20):
    subprocess.run([sys.executable, "-c", code])
    time.sleep(1)
    input()
print("over")
"""


def test_the_clients_lines_scroll_above_it(tmp_path: Path) -> None:
    terminal = Terminal([sys.executable, "-c", PROGRAM], os.environ, tmp_path)
    terminal.until("client 39")
    lines = terminal.until("all is well")
    assert lines[-1].startswith("all is well and more")
    assert lines[:-1] == [f"client {number}" for number in range(18, 40)] + [""]
    assert len(lines[-1]) < 80
    terminal.press(b"\n")
    assert terminal.end() == 0


def test_at_the_end_the_terminal_is_as_it_was(tmp_path: Path) -> None:
    terminal = Terminal([sys.executable, "-c", PROGRAM], os.environ, tmp_path)
    terminal.until("client 39")
    terminal.until("all is well")
    terminal.press(b"\n")
    terminal.end()
    assert "all is well" not in "".join(terminal.lines)
    assert "over" in terminal.lines
    assert terminal.screen.margins is None


def test_a_terminal_without_room_is_left_alone(tmp_path: Path) -> None:
    terminal = Terminal(
        [sys.executable, "-c", PROGRAM.replace("input()", "")], os.environ, tmp_path, lines=4
    )
    terminal.end()
    assert b"\x1b" not in terminal.written


def test_elsewhere_nothing_is_shown(tmp_path: Path) -> None:
    code = PROGRAM.replace("input()", "")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ran.stderr == b""
    assert b"well" not in ran.stdout


def test_record_shows_how_the_run_goes(cli: Cli) -> None:
    client = (
        "import requests, time\n"
        "for number in range(3):\n"
        "    requests.post('https://api.inverted.ai/v0/aws/m1/drive', json={'n': number})\n"
        "print('all sent', flush=True)\n"
        "time.sleep(2)\n"
    )
    command = [*COMMAND, "record", "--upstream", "sandbox", "-o", "run.iairec", "--no-check"]
    terminal = Terminal([*command, "--", sys.executable, "-c", client], cli.environment, cli.folder)
    terminal.until("all sent")
    shown = terminal.until("3 calls · 3 failed")  # the sandbox refuses all three with 422
    assert shown[-1].startswith("3 calls · 3 failed · ")
    terminal.end()
    assert terminal.screen.margins is None
    assert any("recorded 3 calls into run.iairec" in line for line in terminal.lines)
