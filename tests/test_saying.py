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
from support.recordings import python

from iai_proxy.report.colours import coloured
from iai_proxy.saying import flush, hidden, hiding, say, show, show_json, show_text


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


def test_what_is_said_passes_the_functions_that_hide(capsys: pytest.CaptureFixture[str]) -> None:
    with hiding(lambda text: text.replace("k3y", "[redacted]")):
        say("the server said k3y")
        assert hidden("k3y again") == "[redacted] again"
    say("k3y is no secret any more")
    assert capsys.readouterr().err.splitlines() == [
        "iai-proxy: the server said [redacted]",
        "iai-proxy: k3y is no secret any more",
    ]


def test_a_traceback_on_standard_error_has_no_secret_in_it() -> None:
    program = (
        "from iai_proxy.saying import hiding, unread_is_dropped\n"
        "import logging, sys\n"
        "with unread_is_dropped(), hiding(lambda text: text.replace('k3y', '***')):\n"
        "    logging.warning('k3y')\n"
        "    sys.excepthook(ValueError, ValueError('no k3y'), None)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"k3y" not in run.stderr
    assert run.stderr.count(b"***") == 2


NASTY = "a\x1b[2J\x9b\u202e\udc80\riai\niai-proxy: forged"
SHOWN = r"a\x1b[2J\x9b\u202e\udc80\riai\niai-proxy: forged"


def test_what_is_said_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    say(NASTY)
    show(NASTY)
    for line in coloured([NASTY]):
        show(line)
    assert capsys.readouterr() == (f"{SHOWN}\n{SHOWN}\n", f"iai-proxy: {SHOWN}\n")


def test_lines_keep_their_ends_only_where_they_were_put_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_text("one\x1b\ntwo")
    show_json({"\u202e": "\x9b\x7f\udc80"})
    assert capsys.readouterr().out == 'one\\x1b\ntwo\n{"\\u202e": "\\u009b\\u007f\\udc80"}\n'


def test_what_others_write_on_standard_error_is_text_and_no_line_of_ours() -> None:
    program = (
        "from iai_proxy.saying import say, unread_is_dropped\n"
        "import sys\n"
        "with unread_is_dropped():\n"
        "    sys.stderr.write('odd \\x1b[2J\\u202e\\niai-proxy: forged\\n')\n"
        "    say('said')\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert run.stderr.splitlines() == [
        rb"odd \x1b[2J\u202e",
        b" iai-proxy: forged",
        b"iai-proxy: said",
    ]


def test_the_traceback_of_a_child_is_text() -> None:
    program = (
        "from iai_proxy import child_process\n"
        "process, connection = child_process.start('support.failing')\n"
        "process.wait(30)\n"
    )
    with python(program, stderr=subprocess.PIPE) as parent:
        _, errors = parent.communicate(timeout=60)
    assert r"ValueError: a\x1b[2J" in errors
    assert "\x1b" not in errors
