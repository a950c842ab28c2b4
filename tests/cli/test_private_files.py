"""Every command under umask 000: what it makes is for its owner alone, while it runs as well."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from diagnosis import mistakes  # type: ignore[import-not-found]
from diagnosis.test_runs import log_of, write_log, write_recording  # type: ignore[import-not-found]
from support.cli import Cli

from iai_proxy.sandbox.server import Sandbox

#: A client that makes a call, and lists what others could read meanwhile.
CLIENT = """
import json, os, pathlib, urllib.request
body = json.dumps({"location": "canada:drake_street", "agent_states": [[0, 0, 0, 1]],
    "agent_properties": [{"length": 4, "width": 2, "rear_axis_offset": 1, "agent_type": "car"}]})
request = urllib.request.Request("http://api.inverted.ai/v0/aws/m1/drive", body.encode(),
    {"content-type": "application/json", "x-api-key": "0123456789abcdef"})
print(urllib.request.urlopen(request).status)
for place in (".", os.environ["IAI_PROXY_CA_DIR"], os.environ["TMPDIR"]):
    for path in pathlib.Path(place).rglob("*"):
        if path.lstat().st_mode & 0o077:
            print("open:", path)
"""


@pytest.fixture
def run(cli: Cli, tmp_path: Path) -> Iterator[Cli]:
    """Commands with a CA, a folder for temporary files and a recording of their own."""
    work = tmp_path / "work"
    made = mistakes.run(steps=3)
    before = os.umask(0o077)
    for folder in (work, tmp_path / "temporary"):
        folder.mkdir()
    write_recording(work / "run.iairec", made)
    write_log(work / "debug.json", log_of(made))
    (work / "client.py").write_text(CLIENT)
    os.umask(0)
    try:
        yield replace(cli, folder=work, ca=tmp_path / "its" / "ca")
    finally:
        os.umask(before)


def readable_by_others(folder: Path) -> list[str]:
    return [
        f"{path} {stat.S_IMODE(path.lstat().st_mode):o}"
        for path in folder.rglob("*")
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("export", "debug-log", "run.iairec", "-o", "out.json"),
    ("export", "scenario", "run.iairec", "-o", "out.json"),
    ("export", "har", "run.iairec", "-o", "run.har"),
    ("export", "mcap", "run.iairec", "--layout", "layout.json", "-o", "run.mcap"),
    ("export", "pytest", "run.iairec", "-o", "test_run.py"),
    ("import", "debug.json", "-o", "new.iairec"),
    ("diagnose", "run.iairec", "-o", "found.txt"),
    ("diagnose", "run.iairec", "--format", "sarif", "-o", "found.sarif"),
    ("diagnose", "debug.json", "--format", "junit", "-o", "found.xml"),
    ("render", "run.iairec", "-o", "run.html"),
    ("render", "run.iairec", "-o", "run.png"),
    ("render", "run.iairec", "-o", "run.gif"),
    ("render", "run.iairec", "-o", "run.webp"),
    ("diff", "run.iairec", "run.iairec", "-o", "diff.html"),
    ("diff", "run.iairec", "run.iairec", "-o", "diff.json"),
    ("scrub", "run.iairec", "-o", "scrubbed.iairec"),
    ("pack", "run.iairec"),
    ("verify", "run.iairec"),
    ("show", "run.iairec"),
    ("ca",),
    ("env",),
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_what_a_command_makes_is_for_its_owner_alone(
    run: Cli, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = run.invoke(*arguments)
    assert done.exit_code in (0, 1), done.output
    assert all((run.folder / name).exists() for name in arguments[-1:] if "-o" in arguments)
    assert readable_by_others(tmp_path) == []


def test_what_a_proxy_makes_is_for_its_owner_alone(
    run: Cli, sandbox: Sandbox, tmp_path: Path
) -> None:
    env = {"TMPDIR": str(tmp_path / "temporary"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    client = ("--ready-file", "ready.json", "--", sys.executable, "client.py")
    recorded = run.run(
        "record", "-o", "new.iairec", "--upstream", sandbox.url, "--logs", "logs/of/it", *client,
        env=env,
    )  # fmt: skip
    assert (recorded.returncode, recorded.stdout) == (0, "200\n"), recorded.stderr
    replayed = run.run("replay", "new.iairec", "--explain", "misses.json", *client, env=env)
    assert (replayed.returncode, replayed.stdout) == (0, "200\n"), replayed.stderr
    assert len(list((run.folder / "logs" / "of" / "it").iterdir())) >= 1
    assert readable_by_others(tmp_path) == []


def test_a_report_that_was_there_keeps_who_may_read_it(run: Cli) -> None:
    (run.folder / "run.html").touch(0o644)
    assert run.invoke("render", "run.iairec", "-o", "run.html").exit_code == 0
    assert stat.S_IMODE((run.folder / "run.html").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "arguments", [command for command in COMMANDS if "-o" in command], ids=" ".join
)
@pytest.mark.parametrize("there", [True, False])
def test_no_command_writes_where_a_link_leads(
    run: Cli, arguments: tuple[str, ...], there: bool, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if there:
        elsewhere.write_text("mine")
    (run.folder / arguments[-1]).symlink_to(elsewhere)
    assert run.invoke(*arguments).exit_code == 2
    assert elsewhere.exists() is there
    if there:
        assert elsewhere.read_text() == "mine"


@pytest.mark.parametrize(
    "arguments", [("record", "-o", "link"), ("replay", "run.iairec", "--explain", "link")]
)
def test_no_proxy_begins_to_write_where_a_link_leads(
    run: Cli, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    (run.folder / "link").symlink_to(tmp_path / "elsewhere")
    done = run.run(*arguments, "--", sys.executable, "-c", "print('started')")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a symbolic link" in done.stderr
    assert not (tmp_path / "elsewhere").exists()
