"""Recordings to object storage: whole ones, under a name that no other recording has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.recordings import verify
from iai_proxy.recordings.files import has_log
from iai_proxy.recordings.lock import WriterLock
from iai_proxy.sources.place import Place, why_unreadable
from iai_proxy.sources.store_errors import plain_errors
from iai_proxy.sources.stores import store_of
from iai_proxy.sources.upload_notes import Uploaded, note_uploaded, sha256_of, uploaded_before

WHAT: Final = "uploading"
#: What is larger is sent in parts, which no store does on the condition that a name is free.
_MOST_AT_ONCE: Final = 64_000_000
_PART: Final = 8 << 20
#: What obstore says of a store that knows no conditions.
_NOT_IMPLEMENTED: Final = "status code: 501"
#: Hexadecimal digits of a recording's SHA-256 in a name.
_DIGITS: Final = 12


class NotUploadedError(IaiProxyError):
    """A recording could not be uploaded, or is in no state to be."""

    exit_code = 1


class BeingWrittenError(UsageError):
    """A recording is being written, or uploaded, by another process."""


def upload(recording: Path, prefix: Place) -> Uploaded:
    """Upload a recording that no one writes, and note beside it that it is uploaded.

    The object has the name of the file. If that is taken by another recording, or the file is too
    large to be sent at once, or the store knows no conditions, a part of its SHA-256 is in the name
    too: ``run-0123456789ab.iairec``.
    What is there is never replaced by anything else.

    Raises:
        NotUploadedError: it is damaged, its log is beside it, or the store does not take it.
        BeingWrittenError: another process has it.
        InputError: it can't be read at all.
        UsageError: it can't be noted; obstore is not installed.
    """
    if not os.access(recording.parent, os.W_OK):
        raise NotUploadedError(
            f"{recording} was not uploaded: its folder can't be written, where that is noted"
        )
    lock = WriterLock(recording)
    try:
        lock.acquire()
    except UsageError as error:
        raise BeingWrittenError(str(error)) from error
    try:
        _refuse_unfit(recording)
        uploaded = _uploaded(recording, prefix)
    finally:
        lock.release()
    note_uploaded(recording, uploaded)
    return uploaded


def upload_again(recording: Path, prefix: Place) -> tuple[Uploaded, str | None]:
    """Upload a recording, and return besides what to say of an object with what it was before.

    That one stays: others may read it, or know it by its hash, and deleting is for its owner. It is
    not replaced either, as no one can say that nothing of it is lost.

    Raises as :func:`upload` does.
    """
    before = uploaded_before(recording)
    now = upload(recording, prefix)
    if before is None or before.url == now.url or not _may_be_there(before):
        return now, None
    return now, (
        f"{before.url} stays, with {recording} as it was before it changed: what reads both counts "
        "it twice; if no one needs that object, delete it with your storage's own tools"
    )


def _may_be_there(uploaded: Uploaded) -> bool:
    try:
        return _is_as_noted(uploaded)
    except IaiProxyError:  # no one can say
        return True


def is_there(uploaded: Uploaded, recording: Path) -> bool:
    """Ask the store whether the object of a recording is still as it was when it was noted.

    Raises:
        NotUploadedError: it can't be asked.
        UsageError: what is noted is no URL; obstore is not installed.
    """
    with _told(recording, "is noted as uploaded, and no one can say whether it is there"):
        return _is_as_noted(uploaded)


def _is_as_noted(uploaded: Uploaded) -> bool:
    import obstore

    place = Place.of(uploaded.url)
    store = store_of(place, WHAT)
    with plain_errors(place):
        try:
            meta = obstore.head(store, place.key)
        except FileNotFoundError:
            return False
    is_same = uploaded.e_tag is None or meta["e_tag"] == uploaded.e_tag
    return bool(meta["size"] == uploaded.bytes and is_same)


def _refuse_unfit(recording: Path) -> None:
    if has_log(recording):
        raise NotUploadedError(
            f"{recording} was not uploaded: calls of it are in the log beside it; `iai-proxy pack "
            f"{recording}` makes one file of both"
        )
    if not verify(recording).whole:
        raise NotUploadedError(
            f"{recording} is damaged and was not uploaded: `iai-proxy verify {recording}` says "
            "what is whole"
        )


def _uploaded(recording: Path, prefix: Place) -> Uploaded:
    size, digest = recording.stat().st_size, sha256_of(recording)
    with _told(recording):
        store, place = store_of(prefix, WHAT), _named(prefix, recording.name)
        if size > _MOST_AT_ONCE or not _is_put(store, place, recording.read_bytes()):
            place = prefix / f"{recording.stem}-{digest[:_DIGITS]}{recording.suffix}"
            _put_in_parts(store, place, recording, digest)
        return _checked(store, place, size, digest)


def _named(prefix: Place, name: str) -> Place:
    """Return the place of a recording under a prefix.

    Raises:
        InputError: its URL would not lead there.
    """
    place = prefix / name
    if why := why_unreadable(place):
        raise InputError(why)
    return place


def _is_put(store: Any, place: Place, data: bytes) -> bool:
    """Upload an object unless another has its name, and return whether it is there.

    It is not where the store can't be asked for that, or is not to be (AWS_CONDITIONAL_PUT).
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError, GenericError

    with plain_errors(place):
        try:
            obstore.put(store, place.key, data, mode="create")
        except AlreadyExistsError:
            return _digest(store, place) == hashlib.sha256(data).hexdigest()
        except NotImplementedError:
            return False
        except GenericError as error:
            if _NOT_IMPLEMENTED not in str(error):
                raise
            return False
    return True


def _put_in_parts(store: Any, place: Place, recording: Path, digest: str) -> None:
    """Upload a recording under a name that only the same bytes can have, unless it is there."""
    import obstore

    with plain_errors(place):
        try:
            is_same = _digest(store, place) == digest
        except FileNotFoundError:
            obstore.put(store, place.key, recording, chunk_size=_PART)
            return
    if not is_same:
        raise InputError(f"{place.shown} is another object: choose another prefix")


def _checked(store: Any, place: Place, size: int, digest: str) -> Uploaded:
    """Make sure that an object is there as a whole, and return the note of it."""
    import obstore

    with plain_errors(place):
        meta = obstore.head(store, place.key)
    if meta["size"] != size:
        raise InputError(
            f"{place.shown} has {meta['size']} bytes and the recording {size}: try again"
        )
    return Uploaded(place.shown, meta["e_tag"], digest, size)


def _digest(store: Any, place: Place) -> str:
    import obstore

    digest = hashlib.sha256()
    for chunk in obstore.get(store, place.key):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _told(recording: Path, what: str = "was not uploaded") -> Iterator[None]:
    """Say of what the store refuses which recording was not uploaded."""
    try:
        yield
    except InputError as error:
        raise NotUploadedError(f"{recording} {what}: {error}") from error
