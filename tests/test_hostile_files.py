"""Recordings, logs and settings that someone made to do harm are only data."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
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


#: Logs that end in seconds only where they are read once from front to back.
LONG = 1_000_000
LOGS = {
    "bodies that never end": b'{"drive_requests":[' + b'"{",' * 200_000 + b'"{"]}',
    "lists in lists": b'{"a_requests":' + b"[" * 10 * LONG,
    "digits": b'{"drive_requests":[' + b"9" * 10 * LONG + b"]}",
    "white space": b'{"drive_requests":' + b" " * 10 * LONG,
    "backslashes": b'{"drive_requests":["' + b"\\" * 10 * LONG + b'"]}',
    "a long name": b'{"' + b"a" * 10 * LONG + b'_requests":[' + b"1," * LONG + b"1]}",
    "many lists": b'{"drive_requests":[]' + b',"a_requests":[]' * LONG + b"}",
    "many lookups": json.dumps(
        {"location_info_requests": [""] * 20_000, "location_info_responses": ["{}"] * 20_000}
    ).encode(),
    "many drives": json.dumps(
        {
            "drive_requests": [json.dumps({"agent_states": [[0, 0, 0, 0]]})] * 20_000,
            "drive_responses": [json.dumps({"agent_states": [[0, 0, 0, 0]]})] * 19_000,
        }
    ).encode(),
    "many large drives": json.dumps(
        {
            "large_drive_requests": [json.dumps({"agent_states": [[1, 0, 0, 0]]})] * 10_000,
            "drive_requests": [json.dumps({"agent_states": [[2, 0, 0, 0]]})] * 10_000,
        }
    ).encode(),
    "nothing but zeros": bytes(LONG),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_hostile_log_ends_with_findings_or_with_a_sentence(
    tmp_path: Path, reader: Reader, tries: Tries, name: str
) -> None:
    (tmp_path / "log.json").write_bytes(LOGS[name])
    for command in (
        ("diagnose", tmp_path / "log.json"),
        ("import", tmp_path / "log.json", "-o", tmp_path / "made.iairec"),
    ):
        assert_said(reader, name, *command)
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
    code, printed = reader.run("--config", tmp_path / "a.toml", "record", "-o", tmp_path / "a")
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
    assert "is a pipe or a device: give a file" in printed
    tries.note("hostile files", 1)


def assert_said(reader: Reader, name: str, *command: str | Path) -> None:
    """A command comes to its end, and no error that nothing expected is among what it says."""
    code, printed = reader.run(*command)
    assert code in {0, 1, 2, 3}, (name, command, code, printed)
    assert "can't go on" not in printed, (name, command, printed)
    assert "Traceback" not in printed, (name, command, printed)
