"""The wrapped client: runs the user's command through the proxy and passes its exit code on."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from iai_proxy.client.witness import Witness, shares_our_group

#: Exit codes as in shells (POSIX, "Exit Status for Commands").
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
_SIGNALLED: Final = 128


class ClientNotStartedError(Exception):
    """The command can't be run; ``exit_code`` is what a shell would return."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class _Signals:
    """Passes signals on to the client; those that come before it has started, once it has.

    Signals that our whole process group gets, such as Ctrl-C from a terminal, the client has got
    already: passed on as well, a second one would cut short what it does about the first. Signals
    for us alone (from ``kill``, an IDE, ``docker stop``) are meant for the client too.
    """

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._witness: Witness | None = None
        self._early: list[signal.Signals] = []
        self._passing: set[asyncio.Task[None]] = set()

    def catch(self) -> None:
        """Catch signals from now on."""
        loop = asyncio.get_running_loop()
        for number in _asking_to_end():
            loop.add_signal_handler(number, self._caught, number)

    @contextmanager
    def passed_on_to(self, process: asyncio.subprocess.Process) -> Iterator[None]:
        """Pass signals on to a process while the block runs."""
        self._process = process
        for number in self._early:
            self._send(number)
        self._witness = Witness()
        try:
            yield
        finally:
            for task in self._passing:
                task.cancel()
            self._witness.close()

    def _caught(self, number: signal.Signals) -> None:
        if self._process is None:
            self._early.append(number)
            return
        task = asyncio.ensure_future(self._pass_on(number, self._process.pid))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _pass_on(self, number: signal.Signals, client: int) -> None:
        has_it = self._witness and shares_our_group(client) and await self._witness.saw(number)
        if not has_it:
            self._send(number)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)


async def run_client(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command with our own standard streams; return its exit code as a shell does.

    Signals that ask to end are the client's, from before it starts until it has ended.

    Raises:
        ClientNotStartedError: there is no such command, or it can't be executed.
    """
    signals = _Signals()
    signals.catch()
    try:
        process = await _started(command, environment)
        with signals.passed_on_to(process), _ends_with_us(process.pid):
            code = await process.wait()
    finally:
        _ignore()
    return _SIGNALLED - code if code < 0 else code


@contextmanager
def _ends_with_us(client: int) -> Iterator[None]:
    """Have a process end if we are killed while the block runs.

    Nothing would answer it any more, and the SDK would ask for ever. A shell waits for our end of a
    pipe to be closed, which the system does however we end. (PR_SET_PDEATHSIG is for Linux alone,
    and needs code of ours between fork and exec, where other threads' locks may be held.)
    """
    try:
        guard = subprocess.Popen(
            ["/bin/sh", "-c", f"read _ || kill -TERM {client}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for the client
        )
    except OSError:  # no shell, or no room for a process: the client goes on without a guard
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):  # someone may have ended it
            guard.communicate(b"\n")


async def _started(
    command: Sequence[str], environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    name = command[0]
    try:
        return await asyncio.create_subprocess_exec(*command, env=dict(environment))
    except FileNotFoundError:
        if shutil.which(name, path=environment.get("PATH")):
            message = f"{name} can't be run: the interpreter in its first line does not exist"
            raise ClientNotStartedError(message, NOT_EXECUTABLE) from None
        raise ClientNotStartedError(f"{name}: no such command", NOT_FOUND) from None
    except (OSError, ValueError) as error:  # ValueError: a null byte
        reason = getattr(error, "strerror", None) or error
        raise ClientNotStartedError(f"{name} can't be run: {reason}", NOT_EXECUTABLE) from None


class Stops:
    """Signals that ask to end, as long as its block runs; afterwards they are ignored.

    They are Ctrl-C, SIGTERM (from ``kill``, systemd, ``docker stop``), and SIGHUP, which comes
    where a terminal is closed.
    """

    def __init__(self) -> None:
        self._came = asyncio.Event()

    def __enter__(self) -> Stops:
        self.catch()
        return self

    def __exit__(self, *_: object) -> None:
        _ignore()  # while we end: that must not be cut short

    def catch(self) -> None:
        """Catch signals from now on, whoever has caught them before."""
        loop = asyncio.get_running_loop()
        for number in _asking_to_end():
            loop.add_signal_handler(number, self._came.set)

    async def another(self) -> None:
        """Wait for the next signal."""
        self._came.clear()
        await self._came.wait()


def _asking_to_end() -> tuple[signal.Signals, ...]:
    """Return the signals that ask to end. Under ``nohup`` SIGHUP is none, and stays ignored."""
    is_deaf = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *(() if is_deaf else (signal.SIGHUP,)))


def _ignore() -> None:
    """Ignore signals that ask to end."""
    loop = asyncio.get_running_loop()
    for number in _asking_to_end():
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
