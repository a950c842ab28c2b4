"""All checks there are: every one in :mod:`iai_proxy.diagnosis.checks` is found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

from iai_proxy.diagnosis import checks
from iai_proxy.diagnosis.check import Check
from iai_proxy.errors import UsageError


def _discovered() -> Iterator[type[Check]]:
    for module_info in pkgutil.walk_packages(checks.__path__, f"{checks.__name__}."):
        module = importlib.import_module(module_info.name)
        for value in vars(module).values():
            is_check = isinstance(value, type) and issubclass(value, Check)
            if is_check and value.__module__ == module_info.name:
                yield value


#: By code.
ALL: Final = tuple(sorted(_discovered(), key=lambda check: check.code))

_BY_CODE: Final = {check.code: check for check in ALL}


def by_code(code: int) -> type[Check]:
    """Return a check by its number.

    Raises:
        UsageError: there is none; the message names close ones.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    close = sorted(sorted(_BY_CODE, key=lambda known: (abs(known - code), known))[:3])
    names = ", ".join(f"{known} ({_BY_CODE[known].name})" for known in close)
    raise UsageError(f"there is no check {code}; close ones are {names}")
