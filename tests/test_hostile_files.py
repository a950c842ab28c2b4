"""Recordings, logs and settings that someone made to do harm are only data."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.hostile import Reader, commands, hostile_recordings
from support.tries import Tries

pytestmark = pytest.mark.xdist_group("hostile")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as process:
        yield process


def test_each_command_reads_a_hostile_recording_or_says_why_not(
    tmp_path: Path, reader: Reader, tries: Tries
) -> None:
    count = 0
    for name, path in hostile_recordings(tmp_path):
        for command in commands(path, tmp_path):
            assert_said(reader, name, *command)
            count += 1
    tries.note("hostile files", count)


def drives(name: str, count: int, x: int = 0) -> dict[str, list[str]]:
    return {name: [json.dumps({"agent_states": [[x, 0, 0, 0]]})] * count}


#: Logs of a size, which end in seconds only where they are read once from front to back.
LOGS: dict[str, Callable[[int], bytes]] = {
    "bodies that never end": lambda size: b'{"drive_requests":[' + b'"{",' * size + b'"{"]}',
    "lists in lists": lambda size: b'{"a_requests":' + b"[" * size,
    "digits": lambda size: b'{"drive_requests":[' + b"9" * 100 * size + b"]}",
    "white space": lambda size: b'{"drive_requests":' + b" " * 100 * size,
    "backslashes": lambda size: b'{"drive_requests":["' + b"\\" * 100 * size + b'"]}',
    "a long name": lambda size: b'{"' + b"a" * size + b'_requests":[' + b"1," * size + b"1]}",
    "many lists": lambda size: b'{"drive_requests":[]' + b',"a_requests":[]' * size + b"}",
    "many lookups": lambda size: json.dumps(
        {"location_info_requests": [""] * (size // 5), "location_info_responses": ["{}"] * size}
    ).encode(),
    "many drives": lambda size: json.dumps(
        drives("drive_requests", size // 5) | drives("drive_responses", size // 6)
    ).encode(),
    "many large drives": lambda size: json.dumps(
        drives("large_drive_requests", size // 5, 1) | drives("drive_requests", size // 5, 2)
    ).encode(),
    "nothing but zeros": bytes,
}


@pytest.mark.parametrize("name", LOGS)
def test_a_hostile_log_ends_with_findings_or_with_a_sentence(
    tmp_path: Path, reader: Reader, tries: Tries, name: str
) -> None:
    log = LOGS[name](tries.rounds(usual=2_500, soak=100_000))
    (tmp_path / "log.json").write_bytes(log)
    assert_said(reader, name, "diagnose", tmp_path / "log.json")
    assert_said(reader, name, "import", tmp_path / "log.json", "-o", tmp_path / "made.iairec")
    tries.note("hostile files", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 100_000, "settings file"),
        ("a = " + "9" * 5000, "settings file"),
        ("[record]\nport = " + "{a=" * 5000, "settings file"),
        ("#" * 2_000_000, "larger than 2 MB|larger than 1 MB"),
        ("[record]\n\ud800 = 1", "not TOML"),
    ],
)
def test_hostile_settings_are_said_to_be_none(
    tmp_path: Path, reader: Reader, tries: Tries, text: str, said: str
) -> None:
    (tmp_path / "a.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    code, printed = reader.run("record", "--config", tmp_path / "a.toml", "-o", tmp_path / "a")
    assert code == 3, printed
    assert any(each in printed for each in said.split("|")), printed
    tries.note("hostile files", 1)


@pytest.mark.skipif(os.name == "nt", reason="no such devices")
@pytest.mark.parametrize("special", ["/dev/zero", "pipe"])
@pytest.mark.parametrize("command", ["show", "diagnose", "verify", "import", "render", "pack"])
def test_what_never_ends_is_no_file(
    tmp_path: Path, reader: Reader, tries: Tries, special: str, command: str
) -> None:
    path = Path(special)
    if special == "pipe":
        path = tmp_path / "pipe"
        os.mkfifo(path)
    out = ("-o", tmp_path / "out.html") if command in {"import", "render"} else ()
    code, printed = reader.run(command, path, *out)
    assert code == 3, printed
    assert "a pipe or a device" in printed
    tries.note("hostile files", 1)


def assert_said(reader: Reader, name: str, *command: str | Path) -> None:
    """A command comes to its end, and no error that nothing expected is among what it says."""
    code, printed = reader.run(*command)
    assert code in {0, 1, 2, 3}, (name, command, code, printed)
    assert "can't go on" not in printed, (name, command, printed)
    assert "Traceback" not in printed, (name, command, printed)
