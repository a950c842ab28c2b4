"""What ``record`` and ``replay`` do alike around the proxy that they run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import is_given, leave
from iai_proxy.cli.ready import ReadyFile
from iai_proxy.saying import say

if TYPE_CHECKING:
    from iai_proxy.session.traffic import Traffic
    from iai_proxy.settings.listen import Bound


@contextmanager
def starting_client() -> Iterator[None]:
    """End with the shell's exit code and a sentence, and nothing else, if no client starts."""
    from iai_proxy.client.process import ClientNotStartedError

    try:
        yield
    except ClientNotStartedError as error:
        say(str(error))
        leave(error.exit_code)


def telling(ready: ReadyFile) -> Callable[[Bound], None]:
    """Return what writes the ready file once the addresses are known."""
    return lambda bound: ready.write(listen=bound.forward, reverse_listen=bound.reverse)


def watched_traffic() -> Traffic | None:
    """Return what counts the calls, if there is a terminal to show them on."""
    if not sys.stderr.isatty():
        return None
    from iai_proxy.session.traffic import Traffic

    return Traffic()


@contextmanager
def showing(traffic: Traffic | None) -> Iterator[None]:
    """Show on a terminal how the run goes while the block runs."""
    if traffic is None:
        yield
        return
    from iai_proxy.cli.status_line import status_line
    from iai_proxy.report.status import status_text

    with status_line(lambda: status_text(**asdict(traffic.now()))):
        yield


def refuse_needless_seed(client: Sequence[str]) -> None:
    """Refuse --python-seed without a client to be seeded; files and variables may have it."""
    if not client and is_given("python_seed"):
        raise click.UsageError(
            "--python-seed seeds the client command, and there is none: put it after --"
        )
