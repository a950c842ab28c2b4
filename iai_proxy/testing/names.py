"""Where a test's recording lies: ``recordings/<module>/<test>.iairec`` beside the module."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from iai_proxy.errors import UsageError

SUFFIX: Final = ".iairec"
_FOLDER: Final = "recordings"
#: What some file system, or a shell, takes for more than a character of a name.
_UNSAFE: Final = re.compile(r"[^\w.\[\]-]+")
#: File systems allow 255 bytes; SQLite and the writer's lock add endings of their own.
_LONGEST: Final = 200


def recording_path(module: Path, name: str) -> Path:
    """Return where the recording ``name`` of a test module lies; an absolute name is its path.

    Raises:
        UsageError: the name leads out of the folder.
    """
    if ".." in Path(name).parts:
        raise UsageError(
            f"the recording's name {name!r} leads out of its folder: give an absolute path for that"
        )
    path = module.parent / _FOLDER / module.stem / name
    return path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)


def default_name(class_name: str | None, test: str) -> str:
    """Return the name of a test's recording: ``TestClass.test_x[id]``, safe as a file name.

    Where something had to be replaced or cut off, a hash of the whole keeps two tests apart.
    """
    whole = f"{class_name}.{test}" if class_name else test
    safe = _UNSAFE.sub("-", whole)
    if safe == whole and len(safe.encode()) <= _LONGEST:
        return safe
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe.encode()[:_LONGEST].decode(errors='ignore')}-{digest}"
