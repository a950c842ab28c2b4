"""The page's JavaScript modules as one script, without a build step.

Each module becomes a function that is called once and returns what the module exports; its import
lines become constants. So the script reads as its source does, module after module. Modules import
by ``import { name, other } from "./module.js";`` only, at their top, and never in a circle.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

ASSETS: Final = files("iai_proxy.page") / "assets"

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export ((?:async )?(?:function|class|const|let) (\w+))", re.MULTILINE
)


def asset(name: str) -> str:
    """Return the text of a file under ``assets``."""
    return (ASSETS / name).read_text("utf-8")


def script(entry: str = "main") -> str:
    """Return a module, and before it all that it imports, as one script.

    Raises:
        ValueError: modules import each other in a circle.
    """
    done: dict[str, str] = {}
    _bundle(entry, done, ())
    return "\n".join(done.values())


def _bundle(name: str, done: dict[str, str], importers: tuple[str, ...]) -> None:
    if name in importers:
        raise ValueError(f"modules import each other in a circle: {[*importers, name]}")
    if name in done:
        return
    source = asset(f"{name}.js")
    for _, imported in _IMPORT.findall(source):
        _bundle(imported, done, (*importers, name))
    done[name] = _as_function(name, source)


def _as_function(name: str, source: str) -> str:
    exported = ", ".join(found for _, found in _EXPORT.findall(source))
    body = _EXPORT.sub(r"\1", _IMPORT.sub(_constants, source))
    return (
        f"// ---- {name}.js\nconst {_variable(name)} = (() => {{\n{body}"
        f"return {{ {exported} }};\n}})();\n"
    )


def _constants(found: re.Match[str]) -> str:
    names = ", ".join(" ".join(found[1].split()).rstrip(",").split(", "))
    return f"const {{ {names} }} = {_variable(found[2])};\n"


def _variable(name: str) -> str:
    return f"module_{name.replace('-', '_')}"
