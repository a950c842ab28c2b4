"""The objects that a URL names: one, all under a prefix, or those that a glob matches."""

from __future__ import annotations

from typing import Any, Final

from iai_proxy.errors import InputError
from iai_proxy.logs.inputs import RECORDING
from iai_proxy.sources.patterns import is_glob, matches
from iai_proxy.sources.place import Place
from iai_proxy.sources.store_errors import plain_errors
from iai_proxy.sources.stores import store_of

WHAT: Final = "reading from object storage"


def objects_named(place: Place) -> list[Place]:
    """Return the objects at a place, sorted by name.

    An object that is there is that object, whatever is in its name. A prefix stands for the
    recordings under it, by their suffix; a glob for what it matches of these. Of a single object
    that can't be had, reading it says why: other inputs can be read all the same.

    Raises:
        InputError: there is nothing under the prefix, or nothing that the glob matches.
        UsageError: obstore is not installed.
    """
    if place.is_on_web:
        return [place]
    is_several = not place.key or place.key.endswith("/") or is_glob(place.key)
    store = store_of(place, WHAT)
    try:
        keys = _keys_named(store, place)
    except InputError:
        if is_several:
            raise
        return [place]
    if not keys and is_several:
        raise InputError(_nothing(place))
    return [place.named(key) for key in sorted(keys)] or [place]


def _keys_named(store: Any, place: Place) -> list[str]:
    if place.key and not place.key.endswith("/") and _is_there(store, place):
        return [place.key]
    pattern = place.key.split("/") if is_glob(place.key) else None
    prefix = _fixed(place.key) if pattern else place.key
    return [key for key in _keys(store, place, prefix) if _is_wanted(key, prefix, pattern)]


def _is_there(store: Any, place: Place) -> bool:
    import obstore

    with plain_errors(place):
        try:
            obstore.head(store, place.key)
        except FileNotFoundError:
            return False
    return True


def _keys(store: Any, place: Place, prefix: str) -> list[str]:
    """Return the names of all objects under a prefix."""
    import obstore

    with plain_errors(place):
        found = obstore.list(store, prefix.rstrip("/") or None)
        return [meta["path"] for batch in found for meta in batch]


def _fixed(key: str) -> str:
    """Return the folders of a glob before the first that has a special character."""
    parts = key.split("/")
    count = next(number for number, part in enumerate(parts) if is_glob(part))
    return "/".join(parts[:count])


def _is_wanted(key: str, prefix: str, pattern: list[str] | None) -> bool:
    if not key.endswith(RECORDING):
        return False
    if pattern:
        return matches(key.split("/"), pattern)
    below = key.removeprefix(prefix).split("/")
    return not any(part.startswith(".") for part in below)


def _nothing(place: Place) -> str:
    nothing = (
        f"no recording matches {place.shown}"
        if is_glob(place.key)
        else f"{place.shown} has no recording under it"
    )
    return (
        f"{nothing}: name an object, a prefix that ends with /, or a glob of recordings "
        f"(*{RECORDING})"
    )
