"""Object storage as obstore reaches it.

Credentials, regions and endpoints come from the variables that obstore knows, which are those of
the providers' own tools.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from iai_proxy.errors import InputError, UsageError
from iai_proxy.extras import require
from iai_proxy.sources.place import Place, allows_http
from iai_proxy.sources.store_errors import plain_errors

#: A server that fails at first is asked again after 0.1 s, 0.2 s and so on: 3 s in all.
_RETRY: Final = {"max_retries": 5}
#: A whole download may take long; silence may not.
_CLIENT: Final = {"timeout": "12h", "read_timeout": "60s", "connect_timeout": "5s"}
#: Of someone who only looks, and does not wait: once more, some seconds in all.
_RETRY_IN_SHORT: Final = {"max_retries": 1}
_CLIENT_IN_SHORT: Final = {"timeout": "3s", "connect_timeout": "3s"}
_ENDPOINTS: Final = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
    "AZURE_ENDPOINT",
    "GOOGLE_BASE_URL",
)
#: A line's end in one of these would end the process.
_KEYS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
)
#: How the names of variables begin that a store goes by, or end.
_READ: Final = ("AWS_", "AZURE_", "GOOGLE_")
_PROXIES: Final = ("_PROXY", "_proxy")
_OPENED_BY: Final[set[int]] = set()


def store_of(place: Place, what: str, *, in_short: bool = False) -> Any:
    """Return the store of an object.

    Args:
        place: the object.
        what: needs it, as a sentence begins.
        in_short: give up after some seconds.

    Raises:
        UsageError: obstore is not installed, or can't be used in this process.
        InputError: the store is not set up.
    """
    require("obstore", extra="cloud", what=what)
    _refuse_fork(what)
    for name in _KEYS:
        if not os.environ.get(name, "").isprintable():
            raise InputError(
                f"{name} has a character that can't be seen, such as the end of a line: set it "
                "without"
            )
    variables = [
        (name, value)
        for name, value in os.environ.items()
        if name.startswith(_READ) or name.endswith(_PROXIES)
    ]
    with plain_errors(place):
        return _store(
            place.root, tuple(variables), is_http_allowed=_may_be_http(), in_short=in_short
        )


@lru_cache(maxsize=16)
def _store(
    root: str,
    _variables: tuple[tuple[str, str], ...],
    *,
    is_http_allowed: bool,
    in_short: bool,
) -> Any:
    """Open a store; it keeps its connections. It is another one where other variables are set."""
    stores = import_module("obstore.store")
    client, retry = (_CLIENT_IN_SHORT, _RETRY_IN_SHORT) if in_short else (_CLIENT, _RETRY)
    options = {**client, "allow_http": is_http_allowed}
    return stores.from_url(root, client_options=options, retry_config=retry)


def _refuse_fork(what: str) -> None:
    """Make sure that this process has the threads of obstore: in one that was forked, it hangs.

    Raises:
        UsageError: it has not.
    """
    _OPENED_BY.add(os.getpid())
    if len(_OPENED_BY) > 1:
        raise UsageError(
            f"{what} can't go on in a process that was forked from one which did so: start "
            "processes with the method spawn, or read in the first one alone"
        )


def _may_be_http() -> bool:
    """Whether the endpoint that is set may be spoken to in plain HTTP."""
    if os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"}:
        return True
    given = [os.environ[name] for name in _ENDPOINTS if os.environ.get(name)]
    return all(map(allows_http, given)) if given else True
