"""Files, folders and globs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from iai_proxy.errors import InputError
from iai_proxy.logs.inputs import RECORDING, inputs_in, is_input
from iai_proxy.sources.patterns import is_glob, matches, single


def files_named(word: str, *, logs: bool) -> list[Path]:
    """Return the files that a word names, sorted.

    Args:
        word: a file, a folder or a glob; a file that is not there is returned as it is.
        logs: whether folders and globs name debug logs too.

    Raises:
        InputError: there is no input in the folder, or none that the glob matches; or a folder
            can't be listed.
    """
    path = Path(word)
    if path.is_dir():
        _refuse_unlisted(path)
        return _some(inputs_in(path, logs=logs), f"{path} has no {_kinds(logs=logs)} in it", logs)
    if path.exists() or path.is_symlink() or not is_glob(word):
        return [path]
    found = {file for match in _globbed(path) for file in _matched(match, logs=logs)}
    return _some(found, f"no {_kinds(logs=logs)} matches {word}", logs)


def _refuse_unlisted(folder: Path) -> None:
    """Make sure that all in a folder can be seen: what is left out would not be missed.

    Raises:
        InputError: it, or a folder in it, can't be listed.
    """

    def refuse(error: OSError) -> None:
        raise InputError(
            f"can't list {error.filename or folder} ({error.strerror}): what is in it would be "
            "left out; make it readable, or name what is to be read"
        )

    for _, folders, _ in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]


def _matched(path: Path, *, logs: bool) -> list[Path]:
    if path.is_dir():
        return inputs_in(path, logs=logs)
    return [path] if is_input(path, logs=logs) else []


def _globbed(path: Path) -> list[Path]:
    """Return what a glob matches. A folder that is there is that folder, whatever its name.

    ``runs[1]/*.iairec`` is about the folder ``runs[1]`` if there is one.
    """
    folder = next(folder for folder in path.parents if folder.is_dir())
    pattern = path.relative_to(folder).parts
    # Path.glob refuses ** beside other characters, and matches what is hidden.
    candidates = folder.glob("/".join(part if part == "**" else single(part) for part in pattern))
    return [file for file in candidates if matches(file.relative_to(folder).parts, pattern)]


def _some(found: Iterable[Path], nothing: str, logs: bool) -> list[Path]:
    if not (some := sorted(found)):
        what = "recordings or debug logs" if logs else f"recordings (*{RECORDING})"
        raise InputError(f"{nothing}: name files, folders or globs of {what}")
    return some


def _kinds(*, logs: bool) -> str:
    return "recording or debug log" if logs else "recording"
