"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from iai_proxy.errors import UsageError


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Open a temporary file beside ``path``, and give it that name once the block has ended well.

    Raises:
        UsageError: it can't be written there.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise UsageError(f"can't write {path} ({error.strerror}): choose another place with -o") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"can't write {path} ({error.strerror}): choose another place with -o") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
