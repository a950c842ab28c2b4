"""Options that say which checks are made, and of whom; ``diagnose`` and ``record`` have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from iai_proxy.cli.options import option

_Command = TypeVar("_Command", bound=Callable[..., Any])


def checking_options(command: _Command) -> _Command:
    """Add ``--ego``, ``--select`` and ``--ignore``."""
    for add in (
        # replay's --ignore names fields: a variable for both would break one of them
        option(
            "--ignore",
            multiple=True,
            metavar="CODE",
            envvar="IAI_PROXY_IGNORE_CHECKS",
            help="Not these checks.",
        ),
        option(
            "--select",
            multiple=True,
            metavar="CODE",
            help="Only these checks, by code, IAI code or name; commas work too.",
        ),
        option(
            "--ego",
            multiple=True,
            metavar="I,J",
            help="Agents that the client drives itself, by their indices when they come in [default: those that it "
            "overwrites at most steps, if these are no more than half]; 'none' for none.",
        ),
    ):
        command = add(command)
    return command


def egos_named(texts: Sequence[str]) -> tuple[int, ...] | None:
    """Return the indices that ``--ego`` names, once or several times; None where they are to be inferred.

    Raises:
        click.UsageError: it is no list of indices.
    """
    if not texts:
        return None
    if set(texts) == {"none"}:
        return ()
    for text in texts:
        if not re.fullmatch(r"\s*[0-9]{1,9}(\s*,\s*[0-9]{1,9})*\s*", text):
            raise click.UsageError(
                f"--ego {text!r} is no list of agents' indices such as 0,3, and not 'none' alone"
            )
    return tuple(int(index) for text in texts for index in text.split(","))


def no_use_of(options: Iterable[str]) -> None:
    """Refuse checking options on the command line where there are no checks; files and variables may have them.

    Raises:
        click.UsageError: an option is given for nothing.
    """
    context = click.get_current_context()
    given = [
        f"--{one}"
        for one in options
        if context.get_parameter_source(one) is ParameterSource.COMMANDLINE
    ]
    if given:
        verb = "says" if len(given) == 1 else "say"
        raise click.UsageError(
            f"{' and '.join(given)} {verb} what is checked, and --no-check checks nothing"
        )


def strangers(egos: Iterable[int], agents: int) -> str | None:
    """Say which egos are nobody: other indices may have been meant, whose overwritten states are reported now."""
    nobody = [str(ego) for ego in egos if ego >= agents]
    if not nobody or not agents:
        return None
    return f"no step has an agent {', '.join(nobody)} (--ego): the largest has agents 0 to {agents - 1}"
