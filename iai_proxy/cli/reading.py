"""The argument of commands that read a file: its path, or the URL of an object."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from iai_proxy.sources import Source


#: The names of what was fetched, by where it is kept.
_NAMES: Final = "iai_proxy.names"


class _Read(click.Path):
    """Gives the path of a file; of an object that of its copy here, which messages call by its URL.

    Attributes:
        name: of the type, as click has it.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path to be read.

        Raises:
            InputError: there is no such object, or it can't be had.
            UsageError: it is no URL that can be read.
        """
        if isinstance(value, str) and "://" in value and ctx and not ctx.resilient_parsing:
            return local_copy(value, ctx)
        return super().convert(value, param, ctx)


class _OfThisMachine(click.Path):
    """Gives the path of a file that is there afterwards too: what is read of a URL is not.

    Attributes:
        why: no URL will do.
    """

    def __init__(self, why: str) -> None:
        super().__init__(path_type=Path)
        self.why = why

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path.

        Raises:
            UsageError: it is a URL.
        """
        if isinstance(value, str):
            refuse_url(value, self.why)
        return super().convert(value, param, ctx)


_CHANGES: Final = "this command changes files"
#: The type of an argument ``FILE`` that a command reads.
READ: Final = _Read()
#: The type of one that it changes.
CHANGE: Final = _OfThisMachine(_CHANGES)
#: The type of one that what it writes will read.
STAYS: Final = _OfThisMachine("what this command writes reads the file")


def refuse_url(word: str, why: str = _CHANGES) -> None:
    """Make sure that a word is a file of this machine.

    Args:
        word: as it was given.
        why: no URL will do.

    Raises:
        UsageError: it is the URL of an object.
    """
    if "://" not in word:
        return
    from iai_proxy.errors import UsageError
    from iai_proxy.sources import is_url
    from iai_proxy.sources.place import Place

    if is_url(word):
        raise UsageError(
            f"{Place.of(word).shown} is an object, and {why}: download it, and name the file"
        )


def local_copy(word: str, context: click.Context) -> Path:
    """Return the file that a word names, and have messages say the word instead of its copy here.

    Raises:
        InputError: there is no such object, or it can't be had.
        UsageError: it is no URL that can be read, or names several objects.
    """
    from iai_proxy.errors import UsageError
    from iai_proxy.sources import is_url, named

    if not is_url(word):
        return Path(word)
    sources = named([word])
    if len(sources) > 1:
        raise UsageError(f"{word} names {len(sources)} recordings, and this command reads one")
    return local_copy_of(sources[0], context)


def local_copy_of(source: Source, context: click.Context) -> Path:
    """Return the file of a source, and have messages say its name instead.

    Raises:
        InputError: there is no such object, or it can't be had.
    """
    from iai_proxy.saying import hiding

    path = _fetched(source)
    context.find_root().meta.setdefault(_NAMES, {})[path] = source.name
    # Until the message of an error is said as well, after the command's own context has ended.
    context.find_root().with_resource(hiding(lambda text: text.replace(str(path), source.name)))
    return path


def shown_name(path: Path) -> str:
    """Return what users know a file that is read by: an object by its URL."""
    names: dict[Path, str] = click.get_current_context().find_root().meta.get(_NAMES, {})
    return names.get(path, str(path))


def _fetched(source: Source) -> Path:
    """Return the file of a source; a bar shows how much of it is there while it is fetched."""
    from iai_proxy.cli.options import progress_bar

    with ExitStack() as stack:
        bars: list[ProgressBar[int]] = []

        def tell(done: int, size: int) -> None:
            if not bars:
                bars.append(stack.enter_context(progress_bar(size, f"fetching {source.name}")))
            bars[0].update(done - bars[0].pos)

        return source.local(tell)
