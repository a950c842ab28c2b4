"""``iai-proxy upload``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iai_proxy.cli.options import json_option, progress_bar
from iai_proxy.errors import IaiProxyError, InputError
from iai_proxy.saying import say, show, show_json

if TYPE_CHECKING:
    from iai_proxy.sources.place import Place


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a recording.

    Attributes:
        file: the recording.
        state: ``uploaded``, ``already uploaded``, ``being written`` or ``failed``.
        url: where it is.
        error: why it is not.
        code: the exit code that it asks for.
        stays: what to say of an object with what it was before it changed.
    """

    file: Path
    state: str
    url: str | None = None
    error: str | None = None
    code: int = 0
    stays: str | None = None

    @property
    def as_json(self) -> dict[str, Any]:
        return {"file": str(self.file), "state": self.state, "url": self.url, "error": self.error}


@click.command("upload")
@click.argument("words", nargs=-1, required=True, metavar="FILE|DIR|GLOB... [URL]")
@json_option
def command(words: tuple[str, ...], as_json: bool) -> None:
    """Upload recordings to object storage: those that are not there.

    URL is a prefix: s3://BUCKET/runs/, gs://… or az://…; without it each goes where `record
    --upload` would have put it, or where it was uploaded before. The store is asked whether an
    object that was uploaded is there still. A recording is verified first, and only when its object
    is whole is it noted beside it, in FILE.uploaded. Nothing is deleted, here or there, and no
    object is replaced: of one that has changed since, both objects are there then. What is being
    written is left for later; exits with 1 if one could not be uploaded, with 3 if one can't be
    read.

    \b
    iai-proxy upload runs/ s3://team/runs/
    """
    files, prefix = _told_apart(words)
    with progress_bar(len(files), "uploading") as bar:
        results = []
        for file in files:
            results.append(_result(file, prefix))
            bar.update(1)
    if as_json:
        show_json([result.as_json for result in results])
    for result in results:
        if result.error:
            say(result.error)
        elif not as_json:
            show(f"{result.file} is {result.state}{f', as {result.url}' if result.url else ''}")
        if result.stays:
            say(result.stays)
    sys.exit(max(result.code for result in results))


def _told_apart(words: Sequence[str]) -> tuple[list[Path], Place | None]:
    """Return the recordings, and where they are to go."""
    from iai_proxy.extras import require
    from iai_proxy.sources import is_url
    from iai_proxy.sources.place import prefix_of
    from iai_proxy.sources.uploading import WHAT

    require("obstore", extra="cloud", what=WHAT)
    *names, last = words
    prefix = prefix_of(last) if is_url(last) else None
    if prefix is None:
        names.append(last)
    if not names:
        raise click.UsageError("Missing argument 'FILE'.")
    if urls := [name for name in names if is_url(name)]:
        raise click.UsageError(
            f"{len(urls) + bool(prefix)} URLs are given: give files, and one URL at the end"
        )
    return list(_files(names)), prefix


def _files(names: Sequence[str]) -> Iterator[Path]:
    from iai_proxy.sources import named

    for source in named(names):
        yield source.local()


def _result(file: Path, prefix: Place | None) -> _Result:
    """Upload a recording, if it has to be, and return what became of it."""
    from iai_proxy.sources.uploading import BeingWrittenError

    try:
        return _uploaded(file, prefix)
    except BeingWrittenError:
        return _Result(file, "being written")
    except IaiProxyError as error:
        code = error.exit_code if isinstance(error, InputError) else 1
        return _Result(file, "failed", error=str(error), code=code)


def _uploaded(file: Path, prefix: Place | None) -> _Result:
    from iai_proxy.recordings.lock import is_being_written
    from iai_proxy.sources.place import Place
    from iai_proxy.sources.upload_notes import is_under, uploaded_before, uploaded_of, wish_of
    from iai_proxy.sources.uploading import is_there, upload_again

    if is_being_written(file):
        return _Result(file, "being written")
    found = uploaded_of(file)
    where = prefix or wish_of(file)
    last = found or uploaded_before(file)
    if last and where is None:
        where = Place.of(last.url).prefix
    if found and where and is_under(found, where) and is_there(found, file):
        return _Result(file, "already uploaded", found.url)
    if where is None:
        return _Result(file, "failed", error=_nowhere(file), code=2)
    uploaded, stays = upload_again(file, where)
    return _Result(file, "uploaded", uploaded.url, stays=stays)


def _nowhere(file: Path) -> str:
    return f"no one said where {file} is to go: end the command with a URL, such as s3://team/runs/"
