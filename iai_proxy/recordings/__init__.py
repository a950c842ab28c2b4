"""Recordings: one SQLite file, suffix ``.iairec``, of exchanges. Append-only.

The schema in words
-------------------
``exchange``  One row for each call, numbered from 1 in the order of commit. Everything but the
              bodies: method, URL parts, headers (a JSON array of [name, value]), status, failure,
              the client connection, and six times in integer nanoseconds since the epoch.
              ``endpoint`` is stored so that listings need no parsing. ``large`` is the same for a
              large call that was made to the proxy itself and for its parts, and null for all
              others; the parts are committed before the large call.
``body``      Bodies by SHA-256 of their decoded bytes, so that equal ones are stored once. Each row
              names its codec and its true size. A body is committed ``raw``, before the client has
              its answer, and packed afterwards.
``request_key``  For each exchange the hashes under which replay finds it. They can be made again
              from the rest at any time; ``version`` says by which rules they were made. An exchange
              without a row here is not packed yet.
``observation``  For each exchange with agents the fingerprints and states that lineage needs, a few
              kilobytes in place of hundreds; a cache like ``request_key``.
``derived``   What is worked out from all of the above, so that no reader need make it anew: by
              ``name``, with the ``version`` of its rules and the number of ``calls`` that it was
              made from. ``lineage`` is written when the recording is closed, if there is time
              (:mod:`iai_proxy.recordings.indexing`). It may be missing or old at any time.
``meta``      Facts about the recording: when and by which version it was made, the salt of its
              redaction marks, who is writing it, the labels that people gave it.

Each row but a body's ends in a checksum (:mod:`iai_proxy.recordings.checksums`). Readers compare
it, and refuse what is not as it was written; they do without a damaged cache.

``PRAGMA application_id`` is ``IAIR``, ``PRAGMA user_version`` the format's version. A newer format
is refused by name (:mod:`iai_proxy.recordings.schema`).

Durability
----------
Write-ahead log with ``synchronous=NORMAL``: a commit survives the death of this process at any
point (also ``kill -9``); a power cut can cost the last calls but never the file. One writer thread,
group commit: what has queued up while the last transaction was written goes into the next one.
Readers open the file read-only and may do so while it is written. When the writer closes, the log
is folded in, and the recording is one plain file.

What a call waits for
---------------------
Its commit: one INSERT for each new body and one for the call. Each body is searched for secrets and
hashed once, the request's while its answer is awaited. From the hook to the log a large body is
copied twice, into SQLite's pages and from there into the system's; a coded one is decoded before.
All else is done in pauses: a process of its own packs (:mod:`packing_beside` says when), the writer
stores what comes of it, a thread folds the log in (:mod:`log`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from iai_proxy.recordings.reader import Recording

if TYPE_CHECKING:
    from iai_proxy.recordings.pack_file import PackedFile, pack_file
    from iai_proxy.recordings.salvage import salvage
    from iai_proxy.recordings.verify import Verification, verify
    from iai_proxy.recordings.wholeness import Problem
    from iai_proxy.recordings.writer import RecordingWriter

#: What only those need that write or examine: a replay starts sooner without.
_LATE: Final = {
    "PackedFile": "pack_file",
    "pack_file": "pack_file",
    "Problem": "wholeness",
    "Verification": "verify",
    "salvage": "salvage",
    "verify": "verify",
    "RecordingWriter": "writer",
}

__all__ = [
    "PackedFile",
    "Problem",
    "Recording",
    "RecordingWriter",
    "Verification",
    "pack_file",
    "salvage",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is first asked for."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_LATE[name]}")
    # All of it, as the module itself now stands where a function of its name belongs.
    late = [known for known, home in _LATE.items() if home == _LATE[name]]
    globals().update((known, getattr(module, known)) for known in late)
    return globals()[name]
