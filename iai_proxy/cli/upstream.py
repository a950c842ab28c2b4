"""Where calls for the API go: the API itself, another address, or a stand-in that is started for the occasion."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from iai_proxy.cli.options import configured, option

if TYPE_CHECKING:
    from iai_proxy.api.hosts import Upstream

_Command = TypeVar("_Command", bound=Callable[..., Any])


def upstream_options(command: _Command) -> _Command:
    """Add ``--upstream`` and ``--upstream-ca``."""
    roots = option(
        "--upstream-ca",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Roots to check the upstream's certificate against.",
    )
    where = option(
        "--upstream",
        metavar="URL|sandbox",
        help="Send what is meant for the API elsewhere; 'sandbox' starts a stand-in for it.",
    )
    return where(roots(command))


@contextlib.contextmanager
def opened_upstream(given: str | None) -> Iterator[Upstream | None]:
    """Have what ``--upstream`` names there while the block runs; None for where the client sends its calls.

    Raises:
        UsageError: it is no address.
    """
    from iai_proxy.api.hosts import Upstream

    if given is None:
        yield None
    elif given == "sandbox":
        from iai_proxy.cli.sandbox import settings_of
        from iai_proxy.sandbox.server import spawned_sandbox

        with spawned_sandbox(settings_of(**configured("sandbox"))) as sandbox:
            yield Upstream.parse(sandbox.url)
    else:
        yield Upstream.parse(given)
