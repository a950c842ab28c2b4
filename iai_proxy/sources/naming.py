"""Words of a command line to the inputs that they name."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Final

from iai_proxy.sources.files import files_named
from iai_proxy.sources.listing import objects_named
from iai_proxy.sources.place import Place, has_one_slash
from iai_proxy.sources.source import Source

#: Two letters at least: ``C:`` is a drive.
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_url(word: str) -> bool:
    """Return whether a word names something in object storage, or on a web server.

    So does one that lacks a slash: reading it as a URL says so.
    """
    return bool(_URL.match(word) or has_one_slash(word)) and not Path(word).exists()


def named(words: Sequence[str], *, logs: bool = False) -> list[Source]:
    """Return the inputs that words name, in the order of the words, sorted within each.

    A word is a file, a folder (with all in it), or a glob that the shell left (``**`` is any number
    of folders); or the URL of an object, of a prefix that ends with ``/``, or a glob of objects. A
    file or object that is there is that one, whatever is in its name. An input that is named twice
    counts once. That a single file or object is not there is said when it is read.

    Args:
        words: as they were given.
        logs: whether debug logs are inputs too, where a folder or a glob is named.

    Raises:
        InputError: a folder, prefix or glob has no input, or the storage can't be asked.
        UsageError: a URL is none that can be read, or obstore is not installed.
    """
    found: dict[Hashable, Source] = {}
    for word in words:
        for source in _named_by(word, logs=logs):
            found.setdefault(source.identity, source)
    return list(found.values())


def sole_object(url: str) -> Source | None:
    """Return the object that a URL names itself; None if it names those under it, or like it.

    Raises:
        InputError: the storage can't be asked.
        UsageError: it is no URL that can be read.
    """
    place = Place.of(url)
    found = named([url])
    return found[0] if [source.where for source in found] == [place] else None


def _named_by(word: str, *, logs: bool) -> Iterator[Source]:
    if is_url(word):
        for place in objects_named(Place.of(word)):
            yield Source(place.shown, place)
    else:
        for path in files_named(word, logs=logs):
            yield Source(str(path), path)
