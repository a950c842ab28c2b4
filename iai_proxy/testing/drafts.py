"""A new recording, in a folder of its own until it is known whether its test passes.

So a test that fails, is skipped or is interrupted leaves nothing beside its module, not even where
the whole run is killed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from iai_proxy.errors import UsageError
from iai_proxy.private_files import make_private_folder
from iai_proxy.recordings.copying import copy_whole
from iai_proxy.recordings.files import has_log


class Draft:
    """A recording that is made in a temporary folder.

    Args:
        path: where it belongs.

    Attributes:
        file: where it is made.

    Raises:
        UsageError: nothing can be written where it belongs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _check_writable(path.parent)
        self._folder = Path(tempfile.mkdtemp(prefix="iai-proxy-"))
        self.file = self._folder / path.name

    def keep(self) -> None:
        """Put the recording where it belongs, in one step: another worker may look for it.

        Raises:
            UsageError: it can't be put there.
        """
        try:
            if self.file.exists():
                make_private_folder(self._path.parent)
                self._put()
        except OSError as error:
            raise UsageError(f"can't write {self._path} ({error.strerror})") from error
        finally:
            self.drop()

    def drop(self) -> None:
        """Forget the recording."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _put(self) -> None:
        """Copy it, with the calls in the log beside it that could not be folded in."""
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            if has_log(self.file):
                copy_whole(self.file, beside)
            else:
                beside.touch(0o600)  # from the first byte
                shutil.copy(self.file, beside)  # with its mode
            beside.replace(self._path)
        finally:
            beside.unlink(missing_ok=True)


def _check_writable(folder: Path) -> None:
    """Make sure, before anything is recorded, that a folder is there or can be made."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir():
        raise UsageError(f"can't make the folder {folder} for recordings: {there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"can't write recordings in {folder}: {there} is not writable")
