"""The command line: parse, call, print, exit code.

Commands are loaded when they are used, so that ``--help`` is fast.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from keyword import iskeyword
from typing import Any, Final, NoReturn

import click

from iai_proxy import __version__
from iai_proxy.errors import NO_MEMORY, IaiProxyError, RecordingWarning, UsageError, did_you_mean
from iai_proxy.saying import say, unread_is_dropped
from iai_proxy.text import one_line

#: What a standard output that is full, or closed, makes of writing.
_UNWRITABLE: Final = (errno.ENOSPC, errno.EBADF, errno.EIO)

PROGRAM: Final = "iai-proxy"

#: If this variable is set, an unexpected error also shows its traceback.
_TRACEBACK: Final = "IAI_PROXY_TRACEBACK"

#: Each command stands in a module of its name; the texts are the first lines of their help.
_COMMANDS: Final[dict[str, str]] = {
    "record": "Record what a client and the API say to each other.",
    "replay": "Answer a client from a recording, offline.",
    "sandbox": "Run a stand-in for the API (not the real model).",
    "demo": "Show the whole product in one go, with the real SDK.",
    "show": "Summarise a recording.",
    "step": "Show one step as a table: what was sent, what came back.",
    "diff": "Tell where two runs part.",
    "view": "Watch runs in the browser, live while they are recorded.",
    "calls": "List the calls of a recording.",
    "call": "Show one call of a recording.",
    "diagnose": "Find what a client does wrong, in recordings and logs.",
    "render": "Draw a run: as a page, a picture or an animation.",
    "explain": "Explain a finding: what it means, why it matters, how to fix it.",
    "import": "Turn a debug log, a HAR file or mitmproxy's flows into a recording.",
    "export": "Turn recordings into files for other programs.",
    "trim": "Make a recording of some steps of another.",
    "copy": "Copy a recording, also while it is written.",
    "merge": "Make one recording of several.",
    "label": "Label recordings, or list their labels.",
    "verify": "Check that a recording is whole.",
    "upload": "Upload recordings to object storage, those that are not there yet.",
    "scrub": "Make a recording that can be shared with strangers.",
    "pack": "Make a recording smaller that had no time to be packed.",
    "env": "Print the variables that point a client at the proxy.",
    "wait": "Wait until a proxy listens.",
    "addon": "Print the path of a script for mitmproxy's own programs.",
    "completion": "Print a script that completes commands in the shell.",
    "ca": "Show where our CA is, what it may sign, how to trust it.",
}

#: These catch the signals that ask to end themselves, and come to an end of their own.
_END_THEIR_OWN_WAY: Final = frozenset({"record", "replay", "sandbox", "view"})
#: Exit codes as in shells (POSIX, "Exit Status for Commands").
_SIGNALLED: Final = 128


class _Stopped(KeyboardInterrupt):
    """A signal came that asks to end, as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = importlib.import_module(f"iai_proxy.cli.{module}").command
        return command

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _on_one_line():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. The only place where an error becomes a message and an exit code."""
        try:
            with _on_one_line(), _warnings_are_said():
                return super().invoke(ctx)
        except IaiProxyError as error:
            _fail(str(error), error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as error:
            number = error.number if isinstance(error, _Stopped) else signal.SIGINT
            _fail(f"stopped by {signal.Signals(number).name}", _SIGNALLED + number)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly: `iai-proxy calls … | head`
            if error.errno in _UNWRITABLE and error.filename is None:
                sys.stdout = None  # else it is flushed once more, and complains again
                _fail(f"can't write to standard output: {error.strerror}")
            _fail(_unexpected(error, error.strerror and str(error)))
        except Exception as error:
            _fail(_unexpected(error, str(error)))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}{did_you_mean(args[0], _COMMANDS)}")
        if args and args[0] not in _END_THEIR_OWN_WAY:
            ctx.with_resource(_ends_on_signals())
        return super().resolve_command(ctx, args)


@contextmanager
def _ends_on_signals() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the block as Ctrl-C does, so that nothing half-made is left.

    They are how CI, containers and closed terminals stop a command. What was ignored, as SIGHUP is
    under ``nohup``, stays so.
    """
    caught = _ending_signals()

    def stop(number: int, _: object) -> NoReturn:
        for each in caught:  # another must not cut short what the first began
            signal.signal(each, signal.SIG_IGN)
        raise _Stopped(number)

    for number in caught:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)


def _ending_signals() -> list[signal.Signals]:
    """Return the signals that end this process for no reason but that no one catches them."""
    if threading.current_thread() is not threading.main_thread():
        return []  # where Python catches none
    names = {"SIGTERM", "SIGHUP"} & set(signal.Signals.__members__)  # Windows has one of them
    named = [signal.Signals[name] for name in sorted(names)]
    return [number for number in named if signal.getsignal(number) is signal.SIG_DFL]


@contextmanager
def _on_one_line() -> Iterator[None]:
    """Keep what click quotes from the command line, such as names of files, in its line."""
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = one_line(error.message)  # which click declares as final
        raise


@contextmanager
def _warnings_are_said() -> Iterator[None]:
    """Say what is to be said of recordings, each sentence once."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", RecordingWarning)
        shown_else = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **named: Any) -> None:
            if issubclass(category, RecordingWarning):
                say(f"warning: {message}")
            else:
                shown_else(message, category, *place, **named)

        vars(warnings)["showwarning"] = show
        yield


def _fail(sentence: str, code: int = UsageError.exit_code) -> NoReturn:
    say(sentence)
    sys.exit(code)


def _unexpected(error: Exception, message: str | None) -> str:
    """Put an error that nothing expected into a sentence; who looks into it gets the traceback."""
    if os.environ.get(_TRACEBACK):
        traceback.print_exception(error)
    kind = type(error).__name__
    if isinstance(error, MemoryError):
        return f"can't go on: {NO_MEMORY}"
    what = f"{message.rstrip('.')} ({kind})" if message else kind
    return f"can't go on: {what}; {_TRACEBACK}=1 shows where, if you want to report it"


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def group() -> None:
    """Record, inspect and replay the traffic of the Inverted AI API.

    Point HTTPS_PROXY at iai-proxy and run the client as it is, or put its command after `--`.
    Settings come from flags, then IAI_PROXY_* variables, then --config FILE, then defaults.

    Exit codes: 0 done, 1 a check that was asked for failed, 2 wrong usage, 3 an input can't be
    read.
    """


def main() -> None:
    """Run the command line."""
    with unread_is_dropped():
        group(prog_name=PROGRAM)
