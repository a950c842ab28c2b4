"""The wrapped client: runs the user's command through the proxy and passes its exit code on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

#: Exit codes as in shells (POSIX, "Exit Status for Commands").
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
_SIGNALLED: Final = 128
_INT_GRACE_S: Final = 1.0
_FORWARDED: Final = (signal.SIGTERM, signal.SIGHUP)


class ClientNotStartedError(Exception):
    """The command can't be run; ``exit_code`` is what a shell would return."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


async def run_client(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command with our own standard streams; return its exit code as a shell does.

    Ctrl-C reaches the command anyway, because it is in our process group; we only must not end
    before it does. SIGTERM and SIGHUP are passed on.

    Raises:
        ClientNotStartedError: there is no such command, or it can't be executed.
    """
    try:
        process = await asyncio.create_subprocess_exec(*command, env=dict(environment))
    except FileNotFoundError:
        raise ClientNotStartedError(f"{command[0]}: no such command", NOT_FOUND) from None
    except OSError as error:
        raise ClientNotStartedError(
            f"{command[0]} can't be run: {error.strerror}", NOT_EXECUTABLE
        ) from None
    loop = asyncio.get_running_loop()
    # A SIGINT for us alone (from an IDE, a CI runner) is meant for the client too; from a terminal
    # the client has it already.
    loop.add_signal_handler(
        signal.SIGINT, loop.call_later, _INT_GRACE_S, _pass_on, process, signal.SIGINT
    )
    for number in _FORWARDED:
        loop.add_signal_handler(number, _pass_on, process, number)
    try:
        code = await process.wait()
    finally:
        _ignore((signal.SIGINT, *_FORWARDED))
    return _SIGNALLED - code if code < 0 else code


def _pass_on(process: asyncio.subprocess.Process, number: int) -> None:
    if process.returncode is None:
        process.send_signal(number)


async def until_stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        await stopped.wait()
    finally:
        _ignore((signal.SIGINT, signal.SIGTERM))


def _ignore(numbers: Iterable[signal.Signals]) -> None:
    """Ignore signals while we end: a second Ctrl-C must not cut that short."""
    loop = asyncio.get_running_loop()
    for number in numbers:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
