"""Options that say which checks are made, and of whom; ``diagnose`` and ``record`` have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from iai_proxy.cli.options import option

_Command = TypeVar("_Command", bound=Callable[..., Any])


def checking_options(command: _Command) -> _Command:
    """Add ``--ego``, ``--select`` and ``--ignore``."""
    for add in (
        # replay's --ignore names fields: a variable for both would break one of them
        option("--ignore", multiple=True, metavar="CODE", envvar="IAI_PROXY_IGNORE_CHECKS", help="Not these checks."),
        option(
            "--select",
            multiple=True,
            metavar="CODE",
            help="Only these checks, by code, IAI code or name; commas work too.",
        ),
        option(
            "--ego",
            metavar="I,J",
            help="Agents that the client drives itself, by their indices when they come in [default: those that it "
            "overwrites at most steps, if these are no more than half]; 'none' for none.",
        ),
    ):
        command = add(command)
    return command


def egos_named(text: str | None) -> tuple[int, ...] | None:
    """Return the indices that ``--ego`` names; None where they are to be inferred.

    Raises:
        click.UsageError: it is no list of indices.
    """
    if text is None:
        return None
    if text == "none":
        return ()
    if not re.fullmatch(r"\d+(\s*,\s*\d+)*", text):
        raise click.UsageError(f"--ego {text} is no list of agents' indices such as 0,3")
    return tuple(map(int, text.split(",")))
