"""Files as the workers of a cluster find them: by the path that they have here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from iai_proxy.errors import IaiProxyError, InputError
from iai_proxy.sources.fetching import Tell
from iai_proxy.sources.source import Source


def shared(source: Source) -> Source:
    """Return a source for workers on other machines, who have other working directories."""
    if not isinstance(source.where, Path):
        return source
    return _SharedFile(source.name, source.where.absolute(), is_here=source.where.exists())


@dataclass(frozen=True, slots=True)
class _SharedFile(Source):
    """A file that is looked for where a worker runs.

    Attributes:
        is_here: whether it is where the command runs.
    """

    is_here: bool = False

    def local(self, tell: Tell | None = None) -> Path:
        path = Source.local(self)
        if self.is_here and not path.exists():
            raise InputError(
                f"{self.name} is on the machine that asks, and not on the worker "
                f"{socket.gethostname()}: workers look for {path} themselves; put it where all see "
                "it, or name a URL of object storage"
            )
        return path

    @contextmanager
    def reading(self, tell: Tell | None = None) -> Iterator[Path]:
        path = self.local()
        try:
            yield path
        except IaiProxyError as error:
            raise type(error)(str(error).replace(str(path), self.name)) from error
