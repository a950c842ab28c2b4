"""Imports what loads mitmproxy, late and quietly."""

from __future__ import annotations

import warnings
from importlib import import_module
from types import ModuleType


def load(module: str) -> ModuleType:
    """Import a module without warnings: libraries of mitmproxy use what is deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(module)
