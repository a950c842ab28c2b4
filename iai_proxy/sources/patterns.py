"""Globs, of files and of the names of objects alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

_SPECIAL: Final = re.compile(r"[*?[]")


def is_glob(text: str) -> bool:
    """Return whether a text has a character that a glob gives a meaning."""
    return bool(_SPECIAL.search(text))


def single(part: str) -> str:
    """Return a part of a glob with ``**`` beside other characters as the ``*`` that it is there."""
    return re.sub(r"\*+", "*", part)


def matches(name: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether the parts of a name match those of a glob.

    ``**`` is any number of folders, also none; anything else is about a single part. What begins
    with a dot is hidden, and matched by what begins with a dot alone.
    """
    if not pattern:
        return not name
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        if matches(name, rest):
            return True
        return bool(name) and not name[0].startswith(".") and matches(name[1:], pattern)
    return bool(name) and _is_like(name[0], first) and matches(name[1:], rest)


def _is_like(name: str, pattern: str) -> bool:
    is_shown = not name.startswith(".") or pattern.startswith(".")
    return is_shown and fnmatchcase(name, pattern)
