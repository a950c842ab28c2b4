"""New recordings that appear complete under their name, or not at all."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Final

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.lineage.shape import Shape, shape_of
from iai_proxy.recordings.files import has_log, refuse_to_replace
from iai_proxy.recordings.leftovers import temporary_beside
from iai_proxy.recordings.origin import NO_ORIGIN, Origin
from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.writer import RecordingFailedError, RecordingWriter

#: How many exchanges may wait to be written, with their bodies.
_WAITING: Final = 64


def write_recording(
    path: Path,
    exchanges: Iterable[Exchange],
    *,
    origin: Origin = NO_ORIGIN,
    labels: Mapping[str, str] | None = None,
    option: str = "-o",
) -> int:
    """Write a new recording, and return the number of its calls. Holds few of them at a time.

    Args:
        path: must not exist.
        exchanges: in their order; each gets a number of its own.
        origin: what is taken over from the recording that they are from.
        labels: values by key.
        option: names the new recording in messages.

    Raises:
        UsageError: the file exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    with new_recording(path, origin=origin, labels=labels, option=option) as writer:
        for number in _written(writer, exchanges):
            number.result()
    return writer.committed


@contextlib.contextmanager
def new_recording(
    path: Path,
    *,
    origin: Origin = NO_ORIGIN,
    labels: Mapping[str, str] | None = None,
    option: str = "-o",
) -> Iterator[RecordingWriter]:
    """Give the writer of a new recording, which gets its name once the block has ended well.

    Nothing is left of it otherwise; then what is queued is neither written nor packed.

    Args:
        path: must not exist, then and at the end.
        origin: what is taken over from the recording that its calls are from.
        labels: values by key.
        option: names the new recording in messages.

    Raises:
        UsageError: the file exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    with appearing(path, option) as temporary:
        writer = RecordingWriter(temporary, origin=origin, labels=labels)
        try:
            yield writer
            writer.close()
        except BaseException:
            writer.abandon()
            raise
        if has_log(temporary):  # closing says nothing of a disk that is full
            raise RecordingFailedError(f"{path} can't be completed: is its disk full?")


def shape_in(path: Path) -> Shape:
    """Return the shape of a recording's simulations, for comparing it with what it was made from.

    Raises:
        InputError: it can't be read.
    """
    with Recording(path) as recording:
        places = {number: place for place, number in enumerate(recording.numbers())}
        return shape_of(recording.lineage().simulations, places)


@contextlib.contextmanager
def appearing(path: Path, option: str = "-o") -> Iterator[Path]:
    """Give the place of a new file, which gets its name once the block has ended well.

    Args:
        path: must not exist, then and at the end.
        option: names it in messages.

    Raises:
        UsageError: it exists or can't be written.
    """
    refuse_existing(path, option)
    temporary = None
    try:
        with temporary_beside(path) as temporary:
            yield temporary
            _name(temporary, path, option)
    except IaiProxyError as error:
        if temporary is None or str(temporary) not in str(error):
            raise
        # It would name a file that no one knows.
        raise type(error)(str(error).replace(str(temporary), str(path))) from error
    except OSError as error:
        raise UsageError(
            f"can't write {path} ({error.strerror}): choose another place with {option}"
        ) from error


def refuse_existing(path: Path, option: str = "-o") -> None:
    """Make sure that a new file can be made.

    Raises:
        UsageError: it exists, or there is no folder for it.
    """
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} exists: give {option} another name")
    refuse_to_replace(path, option=option)


def _name(temporary: Path, path: Path, option: str) -> None:
    """Give a file its name, unless there is one of that name by now."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        refuse_existing(path, option)
        raise
    except OSError:  # the file system has no links
        refuse_existing(path, option)
        temporary.rename(path)


def _written(writer: RecordingWriter, exchanges: Iterable[Exchange]) -> Iterator[Future[int]]:
    """Have exchanges written, some ahead of those whose futures are yielded."""
    waiting: deque[Future[int]] = deque()
    for exchange in exchanges:
        waiting.append(writer.append(partial(_itself, exchange)))
        if len(waiting) > _WAITING:
            yield waiting.popleft()
    yield from waiting


def _itself(exchange: Exchange) -> Exchange:
    return exchange
