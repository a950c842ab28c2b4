"""Packages that only some commands need, and that are installed only if asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from iai_proxy.errors import UsageError


def require(module: str, *, extra: str, what: str) -> Any:
    """Import a module of an extra.

    Args:
        module: its name.
        extra: the extra of the package that brings it.
        what: needs it, as a sentence begins: ``export parquet``.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        raise UsageError(
            f"{what} needs what is not installed: `pip install 'iai-proxy[{extra}]'` adds it"
        ) from error
