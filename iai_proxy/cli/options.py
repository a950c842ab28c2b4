"""Options and arguments of the commands; those of a settings model are made from it."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.core import ParameterSource

from iai_proxy.cli.reading import READ
from iai_proxy.saying import drawing, flush, show_exactly

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from iai_proxy.settings.base import Settings
    from iai_proxy.settings.files import Config
    from iai_proxy.settings.option import Setting
    from iai_proxy.sources import Source

_CONFIG = "iai_proxy.config"
_Command = TypeVar("_Command", bound=Callable[..., Any])
_Settings = TypeVar("_Settings", bound="Settings")


class _Choice(click.Choice):  # type: ignore[type-arg]
    """Shows and completes the choices; the model refuses other values, as on every surface."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value


def settings_options(
    model: type[Settings], *, config: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a settings model; its first argument are the settings.

    Flags count before ``IAI_PROXY_*`` variables, these before the settings file.

    Args:
        model: the command's settings.
        config: whether there is ``--config FILE``.
    """
    from iai_proxy.settings.option import settings_of

    settings = settings_of(model)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            values = {field: given.pop(field) for field in settings if field in given}
            flags = {field: value for field, value in values.items() if is_given(field)}
            command(_read(model, flags), **given)

        decorated = _config_option(run) if config else run
        for setting in reversed(settings.values()):
            if setting.option.flag:
                decorated = _option(setting)(decorated)
        return decorated

    return decorate


def is_given(field: str) -> bool:
    """Tell whether an option is given on the command line itself."""
    source = click.get_current_context().get_parameter_source(field)
    return source is ParameterSource.COMMANDLINE


def config() -> Config:
    """Return the settings file of this run; an empty one where none is given."""
    from iai_proxy.settings.files import NO_CONFIG

    found: Config = click.get_current_context().meta.get(_CONFIG, NO_CONFIG)
    return found


def json_option(command: _Command) -> _Command:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON value instead of text.")(
        command
    )


def file_argument(command: _Command) -> _Command:
    """Add the argument ``FILE``: a recording, here or at a URL."""
    return click.argument("recording", metavar="FILE", type=READ)(command)


def files_argument(command: _Command) -> _Command:
    """Add the argument ``FILE…``, which gives the :class:`Source` of each recording named."""
    return click.argument(
        "sources", nargs=-1, required=True, metavar="FILE|DIR|GLOB|URL…", callback=_sources
    )(command)


def _sources(
    context: click.Context, _: click.Parameter, words: tuple[str, ...]
) -> tuple[Source, ...]:
    if context.resilient_parsing:
        return ()
    from iai_proxy.sources import named

    return tuple(named(words))


def named_steps(text: str | None, there: range, *, single: bool = False) -> range:
    """Read ``--steps A:B``.

    Args:
        text: as given; None for all steps.
        there: those that the run has.
        single: whether one number is a step, rather than a mistake.

    Raises:
        UsageError: it is no range, or not within the run.
    """
    from iai_proxy.errors import UsageError

    first, colon, last = (text if text is not None else ":").partition(":")
    named = [number.strip() for number in (first, last)]
    if single and not colon and named[0]:
        colon, named = ":", [named[0], named[0]]
    if not colon or not all(number.isdecimal() for number in named if number):
        instead = "give a step, or two" if single else "give two steps"
        raise UsageError(f"--steps {text} is no range: {instead}, such as 10:20, or 10: or :20")
    begin, end = int(named[0] or there.start), int(named[1] or there[-1])
    if all(named) and begin > end:
        raise UsageError(f"--steps {text} is reversed: give {end}:{begin}")
    if not there.start <= begin <= end <= there[-1]:
        raise UsageError(
            f"--steps {text} is not within the run: it has steps {there.start} to {there[-1]}"
        )
    return range(begin, end + 1)


def leave(code: int) -> NoReturn:
    """End the process at once, everything being written.

    mitmproxy's native threads may still hold Python objects while the interpreter is taken down; in
    2 of 12 runs a proxy that had done its work ended in a segmentation fault.
    """
    flush(sys.stdout)
    flush(sys.stderr)
    os._exit(code)


def show_if_read(text: str) -> None:
    """Print lines of a command that goes on, whether or not anyone still reads them.

    Raises:
        OSError: they can't be written for another reason, such as a full disk.
    """
    with suppress(BrokenPipeError):
        show_exactly(text)


def progress_bar(length: int, label: str) -> ProgressBar[int]:
    """Return a bar on standard error; it is not shown where that is no terminal."""
    stream = drawing()
    return click.progressbar(length=length, label=label, file=stream, hidden=not stream.isatty())


def _read(model: type[_Settings], flags: Mapping[str, Any]) -> _Settings:
    """Read the settings of this run: from flags, the environment and the settings file."""
    from iai_proxy.settings.option import settings_of
    from iai_proxy.settings.reading import from_flags, from_variables, layered

    others = settings_of(model).keys() - flags.keys()
    variables = from_variables(model, os.environ, others)
    return layered(from_flags(model, flags), variables, config().of(model))


def _option(setting: Setting) -> Callable[[_Command], _Command]:
    option = setting.option
    names = [f"-{option.letter}", setting.flag] if option.letter else [setting.flag]
    if setting.is_switch and setting.default:
        names[-1] += f"/--no-{setting.name}"
    shape: dict[str, Any] = {"is_flag": True} if setting.is_switch else _shape(setting)
    default = _default(setting)
    text = f"{option.help} [default: {default}]" if default else option.help
    return click.option(*names, setting.field, help=text, **shape)


def _shape(setting: Setting) -> dict[str, Any]:
    """Return how the value of an option that is no switch is shown and collected."""
    option = setting.option
    shape: dict[str, Any] = {"multiple": option.repeats}
    if option.choices:
        shape["type"] = _Choice(option.choices)
    else:
        shape |= {"metavar": option.metavar, "type": click.UNPROCESSED}
    if option.bare:
        shape |= {"is_flag": False, "flag_value": option.bare}
    return shape


def _default(setting: Setting) -> str:
    """Return what help texts show as default; nothing for settings that are off by default."""
    if setting.option.default:
        return setting.option.default
    if setting.is_switch:
        return setting.name if setting.default else ""
    if isinstance(setting.default, tuple):
        return ", ".join(map(str, setting.default))
    if isinstance(setting.default, float):
        return f"{setting.default:g}"
    return "" if setting.default is None else str(setting.default)


def _config_option(command: _Command) -> _Command:
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


def _load_config(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is not None:
        from iai_proxy.settings.files import load_config

        context.meta[_CONFIG] = load_config(path)
