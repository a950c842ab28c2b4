"""Options that several commands share. Each can also be set by a variable ``IAI_PROXY_<NAME>``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from iai_proxy.settings.listen import Listening

_CONFIG = "iai_proxy.config"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def option(*names: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """Declare an option that the environment can set too; ``IAI_PROXY_REVERSE_LISTEN`` for ``--reverse-listen``."""
    long = next(name for name in reversed(names) if name.startswith("--")).removeprefix("--")
    variable = f"IAI_PROXY_{long.replace('-', '_').upper()}"
    return click.option(*names, envvar=attributes.pop("envvar", variable), **attributes)


def config_option(command: _Command) -> _Command:
    """Add ``--config FILE``: what it sets stands below flags and variables, above defaults."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        envvar="IAI_PROXY_CONFIG",
        is_eager=True,
        expose_value=False,
        callback=_load_config,
        help="Settings file (TOML, one table a command).",
    )(command)


def proxy_options(command: _Command) -> _Command:
    """Add the options of a command that runs a proxy."""
    for add in (
        config_option,
        option("--verbose", is_flag=True, help="Show mitmproxy's own log as well."),
        option(
            "--ca-dir", type=click.Path(path_type=Path), metavar="DIR", help="Folder of our CA."
        ),
        option(
            "--proxy-password",
            metavar="USER:PASS",
            help="What clients must give; needed to listen on anything but loopback.",
        ),
        option(
            "--reverse-listen",
            metavar="HOST:PORT",
            help="Plain HTTP for clients that know no proxy; 127.0.0.1:8000 suits the C++ SDK and CARLA.",
        ),
        option(
            "--listen",
            metavar="HOST:PORT",
            help="Forward proxy [default: 127.0.0.1:8080; with a client command, any free port]. 'none' for none.",
        ),
    ):
        command = add(command)
    return command


def json_option(command: _Command) -> _Command:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON value instead of text.")(
        command
    )


def file_argument(command: _Command) -> _Command:
    """Add the argument ``FILE``: a recording."""
    return click.argument("recording", metavar="FILE", type=click.Path(path_type=Path))(command)


def listening(
    listen: str | None, reverse_listen: str | None, password: str | None, *, wrapped: bool
) -> Listening:
    """Return where to listen, from the options' texts.

    Raises:
        UsageError: an address can't be read, or is open to others without a password, or there is
            none at all.
    """
    from iai_proxy.errors import UsageError
    from iai_proxy.settings.listen import Address, Listening

    if listen == "none":
        forward = None
    else:
        forward = Address.parse(
            listen or ("127.0.0.1:0" if wrapped else "127.0.0.1:8080"), "--listen"
        )
    reverse = Address.parse(reverse_listen, "--reverse-listen") if reverse_listen else None
    if not forward and not reverse:
        raise UsageError(
            "--listen none leaves nothing to listen on: give --reverse-listen HOST:PORT as well"
        )
    return Listening(forward, reverse, password)


def ca_folder(given: Path | None) -> Path:
    """Return the folder of our CA."""
    from iai_proxy.client.authority import default_folder

    return given or default_folder()


def configured(command: str) -> dict[str, Any]:
    """Return what the settings file of this run, if any, sets for another command."""
    config = click.get_current_context().meta.get(_CONFIG)
    return config.table(command) if config else {}


def leave(code: int) -> NoReturn:
    """End the process at once, everything being written.

    mitmproxy's native threads may still hold Python objects while the interpreter is taken down; in
    2 of 12 runs a proxy that had done its work ended in a segmentation fault.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def say(text: str) -> None:
    """Tell people something, on standard error."""
    click.echo(f"iai-proxy: {text}", err=True)


def _load_config(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    from iai_proxy.settings.files import load_config

    config = ctx.meta[_CONFIG] = load_config(path)
    ctx.default_map = config.table(ctx.info_name or "")
