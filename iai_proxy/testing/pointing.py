"""Points this process at a proxy, and back: its environment, and the SDK's session.

Whatever reads the environment when it makes a call follows by itself: requests, and every child
process. The SDK does too, unless the session that it made when it was imported has settings of its
own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any


@contextmanager
def pointed(variables: Mapping[str, str]) -> Iterator[None]:
    """Have the environment hold `variables`, and the SDK obey them, while the block runs."""
    with ExitStack() as undo:
        undo.callback(
            _forget_connections
        )  # last, and also those of an SDK that the block has imported
        undo.callback(_restore_environment, {name: os.environ.get(name) for name in variables})
        os.environ.update(variables)
        for session in _sdk_sessions():
            undo.callback(_restore_session, session, session.trust_env, session.proxies)
            session.trust_env, session.proxies = True, {}
        _forget_connections()
        yield


def mock_api_is_used() -> bool:
    """Whether an imported SDK makes up its answers, whatever the environment says."""
    return bool(getattr(sys.modules.get("invertedai.api.config"), "mock_api", False))


def _sdk_sessions() -> list[Any]:
    """Return the requests session of the SDK, if that is imported."""
    session = getattr(getattr(sys.modules.get("invertedai"), "session", None), "session", None)
    return [session] if hasattr(session, "trust_env") else []


def _restore_session(session: Any, trust_env: bool, proxies: Any) -> None:
    session.trust_env, session.proxies = trust_env, proxies


def _restore_environment(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _forget_connections() -> None:
    """Close the connections that requests keeps, also those to proxies that are gone."""
    for session in _sdk_sessions():
        for adapter in session.adapters.values():
            adapter.close()
            getattr(adapter, "proxy_manager", {}).clear()
