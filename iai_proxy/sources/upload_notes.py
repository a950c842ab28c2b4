"""What is known of a recording's upload, in small files beside it: its own bytes stay the same.

``run.iairec.upload-to``
    Where it is to be uploaded: it has the URL of the prefix. It is there until that is done.
``run.iairec.uploaded``
    Where it is: JSON with ``url``, ``e_tag``, ``sha256``, ``bytes`` and ``uploaded_ns``. It is
    written once the object is whole, and counts for a recording with these very bytes alone. Once
    the file has other bytes, it says where it was uploaded before.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex
from typing import Final

from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.input_files import read_file
from iai_proxy.private_files import private
from iai_proxy.sources.place import Place, prefix_of

#: In bytes. A note has 300.
_LARGEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Where a recording was uploaded.

    Attributes:
        url: of the object; it has no secret.
        e_tag: as the store gave it; None if it gave none.
        sha256: of the recording and of the object, in hexadecimal digits.
        bytes: how many both have.
        uploaded_ns: when, in nanoseconds since 1970.
    """

    url: str
    e_tag: str | None
    sha256: str
    bytes: int
    uploaded_ns: int = field(default_factory=time.time_ns)


def note_uploaded(recording: Path, uploaded: Uploaded) -> None:
    """Note that a recording is uploaded.

    Raises:
        UsageError: it can't be noted.
    """
    _put(_note_of(recording), json.dumps(asdict(uploaded)))
    forget(recording)


def uploaded_of(recording: Path) -> Uploaded | None:
    """Return where a recording was uploaded; None if it was not, or has changed since.

    The store is not asked: the object may be gone.
    """
    found = _noted(recording)
    return found if found and _has_bytes_of(recording, found) else None


def uploaded_before(recording: Path) -> Uploaded | None:
    """Return where a recording was uploaded that has changed since; None if it was not, or has not.

    The object is what the file was then.
    """
    found = _noted(recording)
    return None if found is None or _has_bytes_of(recording, found) else found


def is_under(uploaded: Uploaded, prefix: Place) -> bool:
    """Return whether a recording was uploaded to a prefix, and to none below it."""
    return Place.of(uploaded.url).prefix == (prefix / "run").prefix


def forget_upload(recording: Path) -> None:
    """Remove the note of an upload, since the file is to be another recording."""
    with suppress(OSError):
        _note_of(recording).unlink()


def remember(recording: Path, prefix: Place) -> None:
    """Note where a recording is to be uploaded.

    Raises:
        UsageError: it can't be noted.
    """
    _put(_wish_of(recording), f"{prefix.shown}\n")


def forget(recording: Path) -> None:
    """Remove the note of where a recording is to be uploaded."""
    with suppress(OSError):
        _wish_of(recording).unlink()


def wish_of(recording: Path) -> Place | None:
    """Return where a recording is still to be uploaded; None if no one said.

    Raises:
        UsageError: what is noted is no URL.
        InputError: it is no note of ours.
    """
    try:
        text = read_file(_wish_of(recording), _LARGEST).decode("utf-8", "surrogateescape")
    except OSError:
        return None
    return prefix_of(text.strip())


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits.

    Raises:
        OSError: it can't be read.
    """
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _noted(recording: Path) -> Uploaded | None:
    """Return what is noted of the last upload, whatever the file is now."""
    try:
        found = Uploaded(**json.loads(read_file(_note_of(recording), _LARGEST)))
        if not isinstance(found.uploaded_ns, int) or not Place.of(found.url).can_be_read_back:
            return None
    except (OSError, ValueError, TypeError, AttributeError, IaiProxyError):
        return None  # there is none, or none as we write them
    return found


def _has_bytes_of(recording: Path, uploaded: Uploaded) -> bool:
    try:
        return (
            recording.stat().st_size == uploaded.bytes and sha256_of(recording) == uploaded.sha256
        )
    except OSError:
        return False


def _note_of(recording: Path) -> Path:
    return recording.with_name(f"{recording.name}.uploaded")


def _wish_of(recording: Path) -> Path:
    return recording.with_name(f"{recording.name}.upload-to")


def _put(file: Path, text: str) -> None:
    """Write a file that appears complete or not at all."""
    temporary = file.with_name(f".{token_hex(8)}")
    try:
        with open(temporary, "x", opener=private, encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise UsageError(
            f"can't write {file} ({error.strerror or error}), which notes where the recording is "
            "uploaded: make its folder writable"
        ) from error
