"""Objects as files of this machine, through the cache."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from iai_proxy.errors import InputError, UsageError
from iai_proxy.private_files import private
from iai_proxy.sources.cache import FOLDER, Cache, Kept
from iai_proxy.sources.listing import WHAT
from iai_proxy.sources.place import Place
from iai_proxy.sources.store_errors import plain_errors
from iai_proxy.sources.stores import store_of

#: Told how many bytes of how many are there.
Tell = Callable[[int, int], None]

#: A download that breaks off is begun again so often.
_TRIES: Final = 3
_CHUNK: Final = 1 << 20
#: Times on the web are whole seconds: what changed so recently may change again unseen.
_SETTLED: Final = dt.timedelta(seconds=2)
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def fetched(place: Place, tell: Tell | None = None) -> Kept:
    """Return an object as a file, which is held: the cached one if that is what is there now.

    The store is asked each time, so that an object that has changed is fetched again, and one that
    may not be read any more is not read.

    Raises:
        InputError: there is no such object, it can't be had, or not as a whole.
        UsageError: obstore is not installed, or the cache can't be written.
    """
    store = store_of(place, WHAT)
    cache = Cache.of_user()
    try:
        if kept := _kept(cache, place, store):
            return kept
        with cache.fetching(place.url):
            return _fetched(cache, place, store, tell)
    except OSError as error:
        raise UsageError(
            f"can't keep {place.shown} in {cache.folder} ({error.strerror or error}): set {FOLDER} "
            "to another folder"
        ) from None


def _kept(cache: Cache, place: Place, store: Any) -> Kept | None:
    """Return the cached object if it is what the store has; web servers are not asked twice."""
    if place.is_on_web:  # a signed URL may be good for GET alone
        return None
    import obstore
    from obstore.exceptions import PermissionDeniedError

    with plain_errors(place):
        try:
            version = _version(obstore.head(store, place.key))
        except (FileNotFoundError, PermissionDeniedError):
            return None  # the answer to GET says why
    return cache.take(place.url, version, place.file_name)


def _fetched(cache: Cache, place: Place, store: Any, tell: Tell | None) -> Kept:
    """Fetch an object, unless another process has meanwhile."""
    import obstore

    for _ in range(_TRIES):
        with plain_errors(place):
            found = obstore.get(store, place.key)
        version, name = _version(found.meta), place.file_name
        if kept := cache.take(place.url, version, name):
            return kept
        with (
            suppress(_BrokenOffError),
            cache.adding(place.url, version, name, found.meta["size"]) as path,
        ):
            _write(found, path, tell)
        if kept := cache.take(place.url, version, name):
            return kept
    raise InputError(f"{place.shown} can't be had as a whole: its connection breaks off; try again")


class _BrokenOffError(Exception):
    """Only a part of an object came."""


def _write(found: Any, path: Path, tell: Tell | None) -> None:
    from obstore.exceptions import BaseError

    size, done = found.meta["size"], 0
    with open(path, "xb", opener=private) as stream:
        try:
            for chunk in found.stream(min_chunk_size=_CHUNK):
                stream.write(chunk)
                done += len(chunk)
                if tell:
                    tell(done, size)
        except BaseError as error:
            raise _BrokenOffError from error
    if done != size:
        raise _BrokenOffError


def _version(meta: Any) -> str:
    """Return what differs between versions of an object; each time if there is nothing to go by."""
    changed = meta["last_modified"]
    if not meta["e_tag"] and not meta["version"]:
        is_known = changed != _NEVER and dt.datetime.now(dt.UTC) - changed > _SETTLED
        if not is_known:
            return token_hex(16)
    return repr((meta["e_tag"], meta["version"], meta["size"], changed.isoformat()))
