"""``iai-proxy pack``: what was left is packed, and nothing else changes."""

from __future__ import annotations

import hashlib

import pytest
from support.cli import Cli
from support.exchanges import exchange
from support.recordings import change, make_older, rows, write

from iai_proxy.recordings import Recording, RecordingWriter, verify

BODY = b"0.125," * 10_000


def test_calls_that_had_no_time_to_be_packed_are_packed(cli: Cli) -> None:
    path = cli.folder / "run.iairec"
    write(path, exchange(BODY, b"yes"), exchange(b"small", BODY[::-1]))
    with Recording(path) as recording:
        before = list(recording.exchanges())
    for body in (BODY, BODY[::-1]):
        digest = hashlib.sha256(body).digest()
        change(path, "UPDATE body SET codec = 'raw', data = ? WHERE hash = ?", body, digest)
    change(path, "DELETE FROM request_key")
    done = cli.invoke("pack", "run.iairec")
    assert done.exit_code == 0
    assert done.stdout.startswith("2 calls packed in run.iairec: ")
    assert rows(path, "SELECT codec FROM body WHERE size > 1000") == [("zstd",)] * 2
    with Recording(path) as recording:
        assert list(recording.exchanges()) == before
    assert verify(path).whole
    again = cli.invoke("pack", "run.iairec")
    assert again.stdout == "run.iairec is packed already\n"


def test_pack_says_how_much_free_room_it_gave_back(cli: Cli) -> None:
    path = cli.folder / "run.iairec"
    write(path, exchange(BODY, b"yes"))
    change(path, "INSERT INTO meta (key, value) VALUES ('room', zeroblob(2000000))")
    change(path, "DELETE FROM meta WHERE key = 'room'")
    assert path.stat().st_size > 2_000_000
    done = cli.invoke("pack", "run.iairec")
    assert done.stdout.startswith(
        "all calls of run.iairec were packed already; gave back 2.01 MB: 2."
    )
    assert path.stat().st_size < 200_000
    assert verify(path).whole


def test_what_is_no_recording_and_what_is_being_written_is_not_packed(cli: Cli) -> None:
    (cli.folder / "debug.json").write_text("{}")
    assert cli.invoke("pack", "debug.json").exit_code == 3
    with RecordingWriter(cli.folder / "run.iairec"):
        done = cli.invoke("pack", "run.iairec")
    assert done.exit_code == 2
    assert "is being written by another iai-proxy" in done.stderr
    assert " -o" not in done.stderr  # pack has no such option


@pytest.mark.parametrize("key", ["wIvBAaD9tkxDmXbCVeQJ", ""])
def test_what_can_not_be_undone_is_said(cli: Cli, key: str) -> None:
    path = cli.folder / "run.iairec"
    write(path, exchange(b"{}", b"my wIvBAaD9tkxDmXbCVeQJ"), exchange(b"{}", b"yes"))
    make_older(path, 3)
    change(path, "DELETE FROM derived")
    environment = {"IAI_API_KEY": key}
    done = cli.invoke("pack", "run.iairec", env=environment)
    assert done.exit_code == 0
    first, brought, searched = done.stdout.splitlines()
    assert first.startswith("all calls of run.iairec were packed already")
    assert brought.startswith("brought from format 3 to 4: ")
    if key:
        expected = "by their names, and for the key in IAI_API_KEY: replaced in 1 call"
    else:
        expected = "by their names only, as IAI_API_KEY is not set: none found"
    assert searched == f"2 calls searched for secrets {expected}"
    again = cli.invoke("pack", "run.iairec", env=environment)
    assert again.stdout == "run.iairec is packed already\n"
