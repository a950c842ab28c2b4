"""Setting and removing the labels of a recording (:mod:`iai_proxy.recordings.labels`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from iai_proxy.recordings.closing import let_go
from iai_proxy.recordings.connecting import plain_errors
from iai_proxy.recordings.labels import store_labels
from iai_proxy.recordings.lock import WriterLock
from iai_proxy.recordings.opening import open_to_label


def change_labels(path: Path, labels: Mapping[str, str], removed: Iterable[str] = ()) -> None:
    """Set and remove labels of a recording that no one is writing. Its calls stay as they are.

    Args:
        path: the recording.
        labels: values by key, as :func:`parse_label` returns them.
        removed: keys.

    Raises:
        UsageError: it is being written, can't be written, or would have too many labels.
        InputError: it can't be read, or is damaged.
    """
    lock = WriterLock(path, instead=_INSTEAD)
    lock.acquire()
    try:
        with plain_errors(path, to_write=True):
            connection = open_to_label(path)
            try:
                store_labels(connection, labels, removed)
            finally:
                let_go(connection)
    finally:
        lock.release()


_INSTEAD: Final = (
    "label it when that one has ended; `iai-proxy record --label key=value` labels a recording "
    "from the start"
)
