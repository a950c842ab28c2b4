"""Reading a recording that was emptied or deleted while it was written, from the log beside it.

SQLite deletes the log of an empty file. So it is given a copy of the log, beside a file with one
page that holds nothing; what is in the log takes the place of that.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from iai_proxy.recordings.files import log_of

#: Where the log says how large pages are (SQLite's file format, section 4.1).
_PAGE_SIZE: Final = slice(8, 12)
_LARGEST_PAGE: Final = 65536


class LoggedPages:
    """A copy of what a recording's log holds, for as long as it is open.

    Args:
        path: the recording.

    Attributes:
        path: of the copy, in a folder of its own that only its owner may read.

    Raises:
        OSError: it can't be copied.
    """

    def __init__(self, path: Path) -> None:
        self._folder = TemporaryDirectory(prefix="iai-proxy-")
        self.path = Path(self._folder.name) / "logged.iairec"
        shutil.copyfile(log_of(path), log_of(self.path))
        with log_of(self.path).open("rb") as stream:
            page_size = int.from_bytes(stream.read(12)[_PAGE_SIZE], "big")
        self.path.write_bytes(bytes(min(page_size, _LARGEST_PAGE)))

    def close(self) -> None:
        """Delete it. Idempotent."""
        self._folder.cleanup()
