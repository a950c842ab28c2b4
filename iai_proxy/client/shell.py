"""Statements that point a shell at a proxy, and put back what the shell had before.

What the user has set is kept meanwhile in variables of ours, ``IAI_PROXY_SAVED_…``; and
``IAI_PROXY_POINTED`` says that a shell is pointed at a proxy, so that a second time saves nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final, Literal

from iai_proxy.client.environment import POINTING

Shell = Literal["posix", "fish", "powershell"]

#: Stands in a shell that is pointed at a proxy.
POINTED: Final[Mapping[str, str]] = {"IAI_PROXY_POINTED": "1"}
_SAVED: Final = "IAI_PROXY_SAVED_"


def export_lines(variables: Mapping[str, str], shell: Shell = "posix") -> str:
    """Return the lines that set the variables in a shell, whatever characters they hold."""
    statement = _STATEMENTS[shell]
    return "".join(statement(name, value) + "\n" for name, value in variables.items())


def is_pointed(environ: Mapping[str, str]) -> bool:
    """Whether a shell with these variables is pointed at a proxy."""
    return not POINTED.keys().isdisjoint(environ)


def unpointed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables as they were before the shell was pointed at a proxy."""
    if not is_pointed(environ):
        return dict(environ)
    ours = {*POINTING, *POINTED, *_saved_in(environ)}
    kept = {name: value for name, value in environ.items() if name not in ours}
    saved = {name.removeprefix(_SAVED): environ[name] for name in _saved_in(environ)}
    return {**kept, **saved}


def point_lines(
    environ: Mapping[str, str], pointing: Mapping[str, str], shell: Shell = "posix"
) -> str:
    """Return the lines that point a shell with these variables at a proxy.

    Args:
        environ: the variables of the shell.
        pointing: the variables to set.
        shell: whose syntax to use.
    """
    saved = {}
    if not is_pointed(environ):
        saved = {f"{_SAVED}{name}": environ[name] for name in POINTING if name in environ}
    return export_lines({**saved, **POINTED, **pointing}, shell)


def unpoint_lines(environ: Mapping[str, str], shell: Shell = "posix") -> str:
    """Return the lines that undo `point_lines`; none if the shell is not pointed at a proxy."""
    if not is_pointed(environ):
        return ""
    before = unpointed(environ)
    restored = {name: before[name] for name in POINTING if name in before}
    gone = [name for name in (*POINTING, *_saved_in(environ), *POINTED) if name not in restored]
    unset = "".join(_UNSET[shell].format(name) + "\n" for name in gone)
    return export_lines(restored, shell) + unset


def _saved_in(environ: Mapping[str, str]) -> list[str]:
    return [name for name in environ if name.startswith(_SAVED)]


def _posix(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}'"


def _powershell(name: str, value: str) -> str:
    # In PowerShell the typographic quotes U+2018 to U+201B end a quoted string too.
    escaped = re.sub("(['\u2018-\u201b])", r"\1\1", value)
    return f"$env:{name} = '{escaped}'"


_STATEMENTS: Final = {"posix": _posix, "fish": _fish, "powershell": _powershell}
_UNSET: Final = {
    "posix": "unset {}",
    "fish": "set --erase --global {}",
    "powershell": "Remove-Item Env:{} -ErrorAction SilentlyContinue",
}
