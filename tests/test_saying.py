"""What can't be said is dropped: nothing fails, and exit codes stay those of the run."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from support.cli import COMMAND

from iai_proxy.saying import flush, say


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard error is a pipe that no one reads."""
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stderr", stream)
    yield
    with suppress(BrokenPipeError):
        stream.close()


@pytest.mark.usefixtures("unread")
def test_what_no_one_reads_is_dropped() -> None:
    say("nothing")
    flush(sys.stderr)


def test_a_closed_stream_and_none_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        say("nothing")
        flush(stream)


def test_what_can_be_said_is(capsys: pytest.CaptureFixture[str]) -> None:
    say("hello")
    assert capsys.readouterr() == ("", "iai-proxy: hello\n")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["calls", "no.iairec"], 3), (["calls", "--no-such"], 2), (["nix"], 2)]
)
def test_an_exit_code_does_not_depend_on_who_reads_the_reason(
    arguments: list[str], code: int
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unread:
        done = subprocess.run([*COMMAND, *arguments], stderr=unread, check=False)
    assert done.returncode == code
