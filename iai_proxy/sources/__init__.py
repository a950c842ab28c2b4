"""What users name: files, folders, globs, objects in object storage."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from iai_proxy.sources.naming import is_url, named
    from iai_proxy.sources.source import Source

__all__ = ["Source", "is_url", "named"]

#: Loaded when they are asked for: settings need no more than :mod:`iai_proxy.sources.place`.
_MODULES: Final = {"Source": "source", "is_url": "naming", "named": "naming"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
