"""Text from outside is text, in all that commands print and write: looked at byte by byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.outside import NASTY, faults_of, hostile_recording
from support.raw_server import raw_server
from support.terminal import Terminal
from support.tries import Tries

pytestmark = pytest.mark.xdist_group("text from outside")

#: The end of a name such as a stranger gives a file: it is not even UTF-8.
NAME = os.fsdecode(NASTY.encode() + b"\xff.iairec")

#: Runs commands as the command line does, one after another. What each prints goes into files of
#: its own, unless all is for a terminal.
DRIVER = """
import json, os, sys
from iai_proxy.cli import main
given, printed = sys.argv[1:]
for number, arguments in enumerate(json.load(open(given))):
    for descriptor in (1, 2) if printed else ():
        file = os.open(f"{printed}/{number}.{descriptor}", os.O_WRONLY | os.O_CREAT)
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv = ["iai-proxy", *arguments]
    try:
        main()
    except SystemExit:
        pass
"""

#: A client that sends what is nasty, prints what it is told, and is no HTTP client in the end.
CLIENT = f"""
import os, requests, socket
from urllib.parse import urlsplit
nasty = {NASTY!r}
for body in ({{"location": nasty, nasty: nasty, "agent_states": []}}, {{"location": "x"}}):
    try:
        answer = requests.post("https://api.inverted.ai/v0/aws/m1/drive?" + nasty, json=body)
        if "x-iai-proxy" in answer.headers:  # else it is the server's
            print(answer.status_code, answer.text)
    except requests.RequestException as error:
        print(ascii(error))
proxy = urlsplit(os.environ["HTTPS_PROXY"])
for sent in (nasty, "GET http://api.inverted.ai/" + nasty, "CONNECT " + nasty + ":443 HTTP/1.1"):
    with socket.create_connection((proxy.hostname, proxy.port)) as raw:
        raw.sendall(sent.encode() + b"\\r\\n\\r\\n")
        raw.shutdown(socket.SHUT_WR)
        print(b"".join(iter(lambda: raw.recv(65536), b"")).decode().replace("\\r", ""))
"""

#: What prints what is in a recording (R), a damaged one (D), a debug log (L), a scenario log (S).
PRINTING = (
    "show R",
    "show R --json",
    "calls R",
    "calls R --json",
    "calls R --sim 2 --step 1",
    *(f"call R {number}" for number in (1, 2, 7, *range(397, 402))),
    *(f"call R {number} --json" for number in (2, 398, 401)),
    *(f"step R 0 --sim {number}{more}" for number in (1, 2, 30) for more in ("", " --json")),
    "step R 2 --sim 2 --agent 0",
    "diagnose L --format sdk",
    "diagnose R D S --select 11 --format json",
    "diagnose R D S --format sarif",
    "diff R R --sim 1,4",
    "diff R R --sim 1,4 --format json --no-check",
    "verify R --json",
    "verify D",
    "verify D --json",
    *(f"{command} D" for command in ("show", "calls", "diagnose", "diff R", "pack", "scrub -o x")),
)  # fmt: skip

#: What has colours on a terminal, or a bar that grows, and some of the rest.
ON_A_TERMINAL = (
    "show R",
    "calls R",
    "call R 2",
    "call R 401",
    "step R 0 --sim 1",
    "step R 2 --sim 2 --agent 0",
    "diagnose R D S",
    "diff R S",
    "verify D",
    "pack D",
    "show N",
    "explain N",
    "show --N",
)

#: What writes files; those that are text are looked at as well.
WRITING = (
    "diagnose R D S -o t.txt",
    "diagnose R D S --format junit -o j.xml",
    "diff R R --sim 1,4 -o d.txt --no-check",
    "render R --sim 1 -o p.html",
    "render R --sim 2 --steps 1 -o p.png",
    "import L -o i.iairec",
    "scrub R -o scrubbed.iairec",
    "verify D --salvage saved.iairec",
)

#: What quotes a name or a word of the command line (N).
QUOTING = (
    *(f"{command} N" for command in ("show", "calls", "verify", "diagnose", "pack", "diff R")),
    *(f"{command} -o x N" for command in ("import", "export debug-log", "render", "scrub")),
    *(f"{command} N" for command in ("explain", "completion", "addon", "export", "call R")),
    *(f"diagnose R {option} N" for option in ("--format", "--select", "--fail-on", "--ego")),
    *(f"record -o x {option} N" for option in ("--config", "--listen", "--upstream", "--grace")),
    *(f"replay R {option} N" for option in ("--match", "--ignore", "--fault", "--until-step")),
    *(f"wait --timeout 0 {option} N" for option in ("--listen", "--ready-file")),
    "replay N",
    "env --shell N",
    "sandbox --listen N",
    "N",
    "--N",
    "show --N",
    "record x N",
    "record --N -- python",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording, a damaged copy and its logs, in a folder; their names are nasty as well."""
    folder = tmp_path_factory.mktemp("outside")
    recording = folder / f"R{NAME}"
    hostile_recording(recording)
    data = bytearray(recording.read_bytes())
    middle = data.find(b"nasty", len(data) // 2)
    data[middle : middle + 5] = b"NASTY"
    (folder / f"D{NAME}").write_bytes(data)
    run(folder, "export debug-log R -o L", "export scenario R --sim 1 -o S")
    assert all((folder / name).exists() for name in words("L S"))
    return folder


def words(line: str) -> list[str]:
    """The words of a command, its letters replaced by names of files and nasty words."""
    names = {letter: f"{letter}{NAME}" for letter in "RDLS"} | {"N": NASTY, "--N": f"--{NASTY}"}
    return [names.get(word, word) for word in line.split()]


def driver(folder: Path, lines: Sequence[str], printed: str) -> list[str]:
    (folder / "commands.json").write_text(json.dumps([words(line) for line in lines]))
    return [sys.executable, "-c", DRIVER, "commands.json", printed]


def run(folder: Path, *lines: str) -> list[tuple[bytes, bytes]]:
    """Run commands, and return what each has printed on standard output and error."""
    printed = folder / f"printed-{len(lines)}"
    printed.mkdir()
    command = driver(folder, lines, str(printed))
    subprocess.run(command, cwd=folder, env=environment(folder), check=True, timeout=300)
    return [
        ((printed / f"{number}.1").read_bytes(), (printed / f"{number}.2").read_bytes())
        for number in range(len(lines))
    ]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "IAI_PROXY_CA_DIR": str(folder / "ca"), "PYTHONWARNINGS": "ignore"}


def test_commands_print_and_write_text_only(made: Path, tries: Tries) -> None:
    lines = (*PRINTING, *WRITING, *QUOTING)
    faults = {}
    for line, printed in zip(lines, run(made, *lines), strict=True):
        assert any(printed), line
        assert not any(b"Traceback" in data for data in printed), line
        faults |= {(line, name): faults_of(data) for name, data in zip("oe", printed, strict=True)}
    written = [made / word for line in WRITING for word in line.split() if "." in word]
    for file in written:
        assert file.stat().st_size, file
        if file.suffix not in (".iairec", ".png"):
            faults[file.name, "w"] = faults_of(file.read_bytes())
    assert {place: found for place, found in faults.items() if found} == {}
    tries.note("text", len(faults))


def test_a_terminal_is_told_nothing_by_a_recording(made: Path, tries: Tries) -> None:
    terminal = Terminal(driver(made, ON_A_TERMINAL, ""), environment(made), made)
    assert terminal.end() == 0
    assert faults_of(terminal.written, terminal=True) == []
    assert terminal.written.count(rb"nasty \x1b[2J") > len(ON_A_TERMINAL)
    tries.note("text", len(ON_A_TERMINAL))


def test_what_a_server_and_a_client_send_is_text_to_the_terminal_of_a_recorder(
    made: Path, tries: Tries
) -> None:
    answers = (f"NOT HTTP {NASTY}", f"HTTP/1.1 200 {NASTY}\r\n\r\n", f"HTTP/1.1 403 OK\r\n{NASTY}")
    for number, answer in enumerate(answers):
        with raw_server(f"{answer}\r\n\r\n".encode(), closes=True) as url:
            command = ["record", "-o", f"{number}.iairec", "--verbose", "--upstream", url]
            client = ["--", sys.executable, "-c", CLIENT]
            proxy = [sys.executable, "-m", "iai_proxy", *command, *client]
            terminal = Terminal(proxy, environment(made), made)
            assert terminal.end() == 0, terminal.written
        assert faults_of(terminal.written, terminal=True) == []
    tries.note("text", len(answers))


def test_what_a_client_is_told_of_a_miss_is_text(made: Path, tries: Tries) -> None:
    command = ["replay", f"R{NAME}", "--verbose", "--explain", "misses.json"]
    client = ["--", sys.executable, "-c", CLIENT]
    done = subprocess.run(
        [sys.executable, "-m", "iai_proxy", *command, *client],
        cwd=made, env=environment(made), capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    explained = (made / "misses.json").read_bytes()
    assert b"forged" in explained
    for data in (done.stdout, done.stderr, explained):
        assert b"nasty" in data
        assert faults_of(data) == []
    tries.note("text", 3)
