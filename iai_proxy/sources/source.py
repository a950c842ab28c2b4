"""An input that a user named, or that was found where the user said."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iai_proxy.errors import IaiProxyError
from iai_proxy.sources.cache import Kept
from iai_proxy.sources.fetching import Tell, fetched
from iai_proxy.sources.place import Place

#: Objects that :meth:`Source.local` returned last, by where they are kept.
_HELD: Final[dict[Path, Kept]] = {}
#: How many of them stay, whatever the cache holds.
_MOST_HELD: Final = 256


@dataclass(frozen=True, slots=True)
class Source:
    """A recording, or a log, wherever it is. It can be pickled: a worker reads it for itself.

    Attributes:
        name: as it was given or found, without secrets; what is shown, and what tables hold.
        where: the file, or the object in object storage or on a web server.
    """

    name: str
    where: Path | Place

    def local(self, tell: Tell | None = None) -> Path:
        """Return the file to be read. It stays there for as long as this process runs.

        Who reads many goes through :meth:`reading`: of objects, only the latest 256 stay.

        Args:
            tell: told of an object that is fetched how many bytes of how many are there.

        Raises:
            InputError: there is no such object, or it can't be had.
        """
        if isinstance(self.where, Path):
            return self.where
        kept = fetched(self.where, tell)
        if kept.path in _HELD:
            kept.let_go()
            return kept.path
        _HELD[kept.path] = kept
        while len(_HELD) > _MOST_HELD:
            _HELD.pop(next(iter(_HELD))).let_go()
        return kept.path

    @contextmanager
    def reading(self, tell: Tell | None = None) -> Iterator[Path]:
        """Give the file to be read while the block runs; errors in it have the source's name.

        Args:
            tell: as for :meth:`local`.

        Raises:
            IaiProxyError: the object can't be had, or whatever the block raises.
        """
        if isinstance(self.where, Path):
            yield self.where
            return
        kept = fetched(self.where, tell)
        try:
            yield kept.path
        except IaiProxyError as error:
            error.args = tuple(self._renamed(kept.path, said) for said in error.args)
            raise
        finally:
            kept.let_go()

    @property
    def identity(self) -> Hashable:
        """What two names of the same input have in common."""
        if isinstance(self.where, Place):
            return self.where.url
        try:
            status = self.where.stat()
        except OSError:  # reading it says what is wrong
            return self.where.absolute()
        return status.st_dev, status.st_ino

    def _renamed(self, path: Path, said: Any) -> Any:
        return said.replace(str(path), self.name) if isinstance(said, str) else said

    def __str__(self) -> str:
        return self.name
