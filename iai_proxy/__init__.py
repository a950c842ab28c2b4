"""iai-proxy: a transparent recording proxy for the Inverted AI driving-simulation API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iai_proxy.run import open
    from iai_proxy.testing.api import recording, replaying

__version__ = "0.1.0"
__all__ = ["__version__", "open", "recording", "replaying"]


def __getattr__(name: str) -> Any:
    """Import what is used when it is first used: ``import iai_proxy`` alone stays light."""
    if name == "open":
        from iai_proxy.run import open

        return open
    if name in {"recording", "replaying"}:
        from iai_proxy.testing.loading import load

        return getattr(load("iai_proxy.testing.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
