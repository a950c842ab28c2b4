"""A look at where a recording is to be uploaded, before it is made.

Nothing is written there. Who may only write is refused an answer to what is asked, so that only
what no upload can get by is a reason to warn: no such bucket, no credentials, keys that are none,
no server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.sources.place import Place, why_unreadable
from iai_proxy.sources.store_errors import NoBucketError, NoWayInError, plain_errors
from iai_proxy.sources.stores import store_of

WHAT: Final = "uploading"


def why_not(place: Place) -> str | None:
    """Return why no upload of an object can succeed, as things are; None if that is not known.

    It takes some seconds at most.
    """
    try:
        _ask(place)
    except (NoBucketError, NoWayInError, UsageError) as error:
        return str(error)
    except IaiProxyError:  # such as that it is not there, which it should not be
        return None
    return None


def look_ahead(place: Place, tell: Callable[[str], None]) -> threading.Thread:
    """Look in the background whether an object can be uploaded, and tell why not if it can't."""

    def look() -> None:
        if why := why_not(place):
            tell(f"warning: the upload at the end will fail unless this changes: {why}")

    thread = threading.Thread(target=look, name="look-ahead", daemon=True)
    thread.start()
    return thread


def _ask(place: Place) -> None:
    """Ask for the object. Only an answer with a body says that there is no bucket.

    Raises:
        InputError: there is none, or it can't be had.
        UsageError: obstore can't be used.
    """
    if why := why_unreadable(place):
        raise UsageError(why)
    store = store_of(place, WHAT, in_short=True)
    import obstore

    with plain_errors(place):
        obstore.get(store, place.key)
