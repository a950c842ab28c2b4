"""What commands of one recording, or of many, have in common.

A word that names a file, or an object, is that recording, and the command says all of it. Anything
else, a folder, a glob, several words, is many, even where there is only one: what a script gets
depends on its own words.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from iai_proxy.cli.reading import local_copy_of
from iai_proxy.cli.workers import outcomes, reachable
from iai_proxy.saying import say

if TYPE_CHECKING:
    from iai_proxy.jobs import Outcome, Workers
    from iai_proxy.sources import Source

Result = TypeVar("Result")
_Command = TypeVar("_Command", bound=Callable[..., Any])


def words_argument(command: _Command) -> _Command:
    """Add the argument ``FILE…``, as words."""
    return click.argument("words", nargs=-1, required=True, metavar="FILE|DIR|GLOB|URL…")(command)


def sole_file(words: Sequence[str]) -> Path | None:
    """Return the file to be read if the only word names one file, or object; None for many.

    Raises:
        InputError: it is an object that can't be had.
    """
    from iai_proxy.sources import is_url
    from iai_proxy.sources.naming import sole_object

    if len(words) != 1 or Path(words[0]).is_dir():
        return None
    [word] = words
    if is_url(word):
        source = sole_object(word)
        return local_copy_of(source, click.get_current_context()) if source else None
    is_one = not has_magic(word) and not word.endswith("/")
    return Path(word) if is_one or Path(word).exists() else None


def sole_elsewhere(words: Sequence[str], on: Workers) -> Source | None:
    """Return what the only word names, if that is one file, or object, and a cluster reads it.

    Raises:
        InputError: it is an object that can't be had.
    """
    from iai_proxy.jobs import Dask
    from iai_proxy.sources import Source, is_url
    from iai_proxy.sources.naming import sole_object

    if not isinstance(on, Dask) or len(words) != 1:
        return None
    if is_url(words[0]):
        return sole_object(words[0])
    path = sole_file(words)
    return Source(words[0], path) if path else None


def result_of(function: Callable[[Source], Result], source: Source, on: Workers) -> Result:
    """Return what a function makes of one recording, wherever that is read.

    Raises:
        IaiProxyError: it has no result.
    """
    from iai_proxy.errors import IaiProxyError, InputError, UsageError

    [(_, outcome)] = each_of(function, [source], on, None)
    if outcome.result is not None:
        return outcome.result
    kinds = {kind.exit_code: kind for kind in (IaiProxyError, InputError, UsageError)}
    raise kinds[outcome.exit_code](outcome.error or "")


def each_of(
    function: Callable[[Source], Result], sources: Sequence[Source], on: Workers, label: str | None
) -> Iterator[tuple[Source, Outcome[Result]]]:
    """Yield what comes of each recording, in order; an error names its recording.

    Args:
        function: of a module.
        sources: the recordings.
        on: where they are read.
        label: of the bar that shows progress; None for no bar.
    """
    yield from zip(sources, outcomes(function, reachable(sources, on), on, label), strict=True)


def unless_seen(label: str) -> str | None:
    """Return the label of a bar, for lines that are printed as they come: not on a terminal."""
    return None if sys.stdout.isatty() else label


def named_error(source: Source, error: str) -> str:
    """Return the sentence of an error that says which recording it is about."""
    return error if source.name in error else f"{source.name}: {error}"


def end(codes: Iterable[int]) -> NoReturn:
    """End with the worst of exit codes: can't be read, can't be used, failed, done."""
    sys.exit(max(codes, default=0))


def say_unread(source: Source, error: str) -> None:
    """Say which recording can't be read, and why."""
    say(named_error(source, error))
