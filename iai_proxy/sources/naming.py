"""Words of a command line to the inputs that they name."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Final

from iai_proxy.sources.files import files_named
from iai_proxy.sources.source import Source

#: Two letters at least: ``C:`` is a drive.
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_url(word: str) -> bool:
    """Return whether a word names something in object storage, or on a web server."""
    return bool(_URL.match(word)) and not Path(word).exists()


def named(words: Sequence[str], *, logs: bool = False) -> list[Source]:
    """Return the inputs that words name, in the order of the words, sorted within each.

    A word is a file, a folder (with all in it), or a glob that the shell left (``**`` is any number
    of folders). A file that is there is that file, whatever is in its name. An input that is named
    twice counts once.

    Args:
        words: as they were given.
        logs: whether debug logs are inputs too, where a folder or a glob is named.

    Raises:
        InputError: a folder or a glob has no input.
    """
    found: dict[Hashable, Source] = {}
    for word in words:
        for source in _named_by(word, logs=logs):
            found.setdefault(_identity(source), source)
    return list(found.values())


def _named_by(word: str, *, logs: bool) -> Iterator[Source]:
    for path in files_named(word, logs=logs):
        yield Source(str(path), path)


def _identity(source: Source) -> Hashable:
    """Return what two names of the same input have in common."""
    try:
        status = source.path.stat()
    except OSError:  # reading it says what is wrong
        return source.path.absolute()
    return status.st_dev, status.st_ino
