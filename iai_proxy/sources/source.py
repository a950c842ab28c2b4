"""An input that a user named, or that was found where the user said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from iai_proxy.errors import IaiProxyError


@dataclass(frozen=True, slots=True)
class Source:
    """A recording, or a log, wherever it is. It can be pickled: a worker reads it for itself.

    Attributes:
        name: as it was given or found; what is shown, and what tables hold.
        path: the file.
    """

    name: str
    path: Path

    def local(self) -> Path:
        """Return the file to be read.

        Raises:
            InputError: there is no such object, or it can't be had.
        """
        return self.path

    @contextmanager
    def reading(self) -> Iterator[Path]:
        """Give the file to be read while the block runs; errors in it have the source's name.

        Raises:
            IaiProxyError: whatever the block raises.
        """
        yield self.path

    def __str__(self) -> str:
        return self.name


def renamed(error: IaiProxyError, path: Path, name: str) -> IaiProxyError:
    """Return an error that says the name of a source instead of where it is kept here."""
    return type(error)(str(error).replace(str(path), name))
