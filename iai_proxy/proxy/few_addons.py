"""mitmproxy's addons, of which only those are imported that are used.

Its package imports all of them as soon as it is asked for any, and with them flask, ldap3, passlib
and more: a third of what ``mitmdump`` takes to start. So ours stands in for it.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

import mitmproxy

_NAME: Final = "mitmproxy.addons"
#: The one thing that the package defines itself.
_DEFINED: Final = "default_addons"


class _Package(ModuleType):
    """The package without its contents, until it is asked for what it defines."""

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        self.__spec__ = spec
        self.__path__ = list(spec.submodule_search_locations or ())

    def __getattr__(self, name: str) -> Any:
        loader = self.__spec__.loader if self.__spec__ else None
        if name != _DEFINED or loader is None:  # an addon is not there before it is imported
            raise AttributeError(f"module {_NAME!r} has no attribute {name!r}")
        loader.exec_module(self)
        return vars(self)[name]


def leave_out_addons() -> None:
    """Have the package import nothing by itself, unless it is there already."""
    spec = importlib.util.find_spec(_NAME)
    if _NAME not in sys.modules and spec is not None:
        sys.modules[_NAME] = package = _Package(spec)
        vars(mitmproxy).update(addons=package)  # as an import does
