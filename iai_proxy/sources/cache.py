"""Objects that were read, kept on this machine: bounded, private, and shared by processes.

Each version of an object has a folder of its own, which appears complete or not at all::

    <cache folder>/objects/<hash of the URL>-<hash of the version>/run.iairec
                                                                   in-use

The time of ``in-use`` says when it was last asked for. Who reads an object holds a shared lock on
that file, which the system releases if the process dies; what no one holds may be removed, the
longest unused first. URLs, and what is secret in them, stand nowhere.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final, Self

import platformdirs
from filelock import FileLock

from iai_proxy.errors import UsageError
from iai_proxy.private_files import make_private_folder, private

try:
    import fcntl
except ImportError:  # Windows, where what is open can't be removed anyway
    fcntl = None  # type: ignore[assignment]

#: Where objects are kept, instead of the user's cache folder.
FOLDER: Final = "IAI_PROXY_CACHE_DIR"
#: How much is kept, in MB.
LIMIT: Final = "IAI_PROXY_CACHE_MB"
_LIMIT_MB: Final = 10_000
_MB: Final = 1_000_000
_IN_USE: Final = "in-use"
_PARTIAL: Final = "partial-"
#: Objects share so many locks, which stay.
_LOCKS: Final = 256
#: A process counts all again after it has added this part of the limit.
_SHARES: Final = 20
#: How many bytes a process may add, by folder, before it counts again.
_ROOM: Final[dict[Path, int]] = {}
#: In seconds: a folder is made, and only then held.
_YOUNG_S: Final = 60.0
_UNUSUAL: Final = re.compile(r"[^\w.@+=,() -]")
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """An object in the cache that is held: it stays until it is let go."""

    path: Path
    descriptor: int

    def let_go(self) -> None:
        """Allow that it is removed."""
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class Cache:
    """The objects that are kept.

    Attributes:
        folder: of them.
        limit: how many bytes they may have; what is being read may make it more.
    """

    folder: Path
    limit: int

    @classmethod
    def of_user(cls) -> Self:
        """Return the cache of this user.

        Raises:
            UsageError: a variable has no number, or nothing says where the user's home is.
        """
        text = os.environ.get(LIMIT, "") or str(_LIMIT_MB)
        if not text.isdecimal():
            raise UsageError(f"{LIMIT} is {text}: give a whole number of MB, from 0")
        try:
            chosen = os.environ.get(FOLDER, "") or platformdirs.user_cache_dir("iai-proxy")
        except RuntimeError as error:
            raise UsageError(f"nothing says where your home is: set {FOLDER}") from error
        return cls(Path(chosen).absolute() / "objects", int(text) * _MB)

    def take(self, url: str, version: str, name: str) -> Kept | None:
        """Return a version of an object, if it is kept."""
        return self._taken(self.folder / _key(url, version) / _safe(name))

    @contextmanager
    def fetching(self, url: str) -> Iterator[None]:
        """Let one process at a time fetch an object while the block runs; others wait for it."""
        make_private_folder(self.folder / "locks")
        lock = self.folder / "locks" / str(int(_hash(url), 16) % _LOCKS)
        with FileLock(lock, mode=0o600):
            yield

    @contextmanager
    def adding(self, url: str, version: str, name: str, size: int) -> Iterator[Path]:
        """Give a place to write an object to, which counts once the block has ended well.

        Args:
            url: its own.
            version: of the object.
            name: of the file.
            size: in bytes; room is made for it.
        """
        self.make_room(size)
        folder = self.folder / f"{_PARTIAL}{token_hex(8)}"
        make_private_folder(folder)
        held = _held(folder / _IN_USE, exclusive=True)
        try:
            yield folder / _safe(name)
            self._forget_others(url)
            with suppress(OSError):  # another process was faster
                folder.rename(self.folder / _key(url, version))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if held is not None:
                os.close(held)

    def make_room(self, size: int = 0) -> None:
        """Remove what was not used for longest, until there is room.

        All is counted only where what was left the last time is used up: other processes add to it
        meanwhile, but none more than its share.
        """
        left = _ROOM.get(self.folder, 0) - size
        if left < 0:
            left = min(self._made_room(size), self.limit // _SHARES)
        _ROOM[self.folder] = left

    def _made_room(self, size: int) -> int:
        """Remove what there is no room for, and return how many bytes are left."""
        make_private_folder(self.folder)
        with FileLock(self.folder / "removing", mode=0o600):
            found = sorted(_sizes(self.folder))
            left = self.limit - size - sum(bytes_ for _, bytes_, _ in found)
            for _, bytes_, folder in found:
                if left >= 0:
                    break
                if _remove(folder):
                    left += bytes_
        return left

    def _forget_others(self, url: str) -> None:
        """Remove other versions of an object, which no one asks for again."""
        for folder in self.folder.glob(f"{_hash(url)}-*"):
            _remove(folder)

    def _taken(self, path: Path) -> Kept | None:
        in_use = path.parent / _IN_USE
        while True:
            held = _held(in_use)
            if held is None:
                return None
            try:
                if os.fstat(held).st_ino == in_use.stat().st_ino:
                    break
            except FileNotFoundError:
                pass
            os.close(held)  # it was removed just then
        if not path.exists():
            os.close(held)
            return None
        os.utime(in_use)
        return Kept(path, held)


def _sizes(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield when each object was last used, in seconds, its bytes, and its folder."""
    for entry in folder.iterdir():
        with suppress(OSError):  # removed meanwhile
            if entry.is_dir() and entry.name != "locks":
                files = [file.stat() for file in entry.iterdir()]
                used = max((file.st_mtime for file in files), default=entry.stat().st_mtime)
                yield used, sum(file.st_size for file in files), entry


def _remove(folder: Path) -> bool:
    """Remove an object that no one holds."""
    if folder.name.startswith(_PARTIAL) and time.time() - folder.stat().st_mtime < _YOUNG_S:
        return False
    held = _held(folder / _IN_USE, exclusive=True)
    if held is None and (folder / _IN_USE).exists():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    if held is not None:
        os.close(held)
    return not folder.exists()


def _held(file: Path, *, exclusive: bool = False) -> int | None:
    """Return a descriptor that locks a file; None if it is not there, or is locked by others."""
    make = os.O_CREAT if file.parent.name.startswith(_PARTIAL) else 0
    try:
        descriptor = private(str(file), os.O_RDWR | make)
    except OSError:
        return None
    if fcntl is None:
        return descriptor
    try:
        kind = fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH
        fcntl.flock(descriptor, kind)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _key(url: str, version: str) -> str:
    return f"{_hash(url)}-{_hash(version)}"


def _hash(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _safe(name: str) -> str:
    """Return the name of an object as that of a file, on any system; its end stays."""
    return _UNUSUAL.sub("_", name)[-_LONGEST_NAME:].lstrip(". ") or "object"
