"""``iai-proxy completion``."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Final

import click

from iai_proxy.errors import UsageError
from iai_proxy.saying import show_exactly

_SHELLS: Final = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", required=False, type=click.Choice(_SHELLS))
def command(shell: str | None) -> None:
    """Print a script that completes commands, options and file names in SHELL.

    Without SHELL it is for the shell that $SHELL names.

    \b
    bash   echo 'eval "$(iai-proxy completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(iai-proxy completion zsh)"' >> ~/.zshrc
    fish   iai-proxy completion fish > ~/.config/fish/completions/iai-proxy.fish
    """
    from click.shell_completion import get_completion_class

    from iai_proxy.cli import PROGRAM, group

    complete = get_completion_class(shell or _own_shell())
    if complete is None:  # click knows all three
        raise UsageError(f"this version of click can't complete in {shell}")
    variable = f"_{PROGRAM}_complete".replace("-", "_").upper()
    show_exactly(complete(group, {}, PROGRAM, variable).source())


def _own_shell() -> str:
    name = PurePath(os.environ.get("SHELL", "")).name
    if name not in _SHELLS:
        named = f"$SHELL is {name}" if name else "$SHELL is not set"
        raise UsageError(f"{named}: name the shell, one of {', '.join(_SHELLS)}")
    return name
