"""How a setting is presented to users: its names, its help, and where it can be set.

A field of a settings model (:mod:`iai_proxy.settings.base`) is annotated with an :class:`Option`.
:func:`settings_of` joins the two into :class:`Setting`, from which click options, keys of settings
files, ``IAI_PROXY_*`` variables, mitmproxy's addon options and the keywords of pytest markers are
made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cache
from inspect import get_annotations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iai_proxy.settings.base import Settings


@dataclass(frozen=True, slots=True)
class Option:
    """What a field's name, type and default do not say.

    Attributes:
        help: one or two sentences.
        name: what users call it, if that is not the field's name with dashes.
        letter: of a short flag.
        metavar: the shape of the value in help texts.
        choices: the values that it can have; empty for any.
        repeats: takes several values: the flag can be repeated, a variable separates them by white
            space, a settings file has a list or a single value.
        default: the default in help texts, if the field's own does not say it.
        secret: error messages do not quote it.
        flag: whether the command line and variables have it; settings files always do.
        variable: the variable's name, if it does not follow from ``name``.
        addon: its name as an option of mitmproxy, without ``iai_``; empty if there is none.
        marker: whether the pytest marker takes it as a keyword.
        bare: the value that the flag has if none follows it; empty if one must.
    """

    help: str
    _: KW_ONLY
    name: str = ""
    letter: str = ""
    metavar: str | None = None
    choices: Sequence[str] = ()
    repeats: bool = False
    default: str = ""
    secret: bool = False
    flag: bool = True
    variable: str = ""
    addon: str = ""
    marker: bool = False
    bare: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a command: the field of the model with its option."""

    field: str
    option: Option
    default: Any
    is_switch: bool

    @property
    def name(self) -> str:
        """The name in settings files, with dashes."""
        return self.option.name or self.field.replace("_", "-")

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The name in the environment."""
        return self.option.variable or f"IAI_PROXY_{self.keyword.upper()}"

    @property
    def addon_option(self) -> str:
        """The name among mitmproxy's options."""
        return f"iai_{self.option.addon}"

    @property
    def keyword(self) -> str:
        """The name as a keyword argument of the Python API and the marker."""
        return self.name.replace("-", "_")


@cache
def settings_of(model: type[Settings]) -> dict[str, Setting]:
    """Return the settings of a command by field, in the order of its help: its own come first."""
    settings = {}
    for owner in model.__mro__:
        for field in get_annotations(owner):
            info = model.model_fields.get(field)
            for part in info.metadata if info else ():
                if info and isinstance(part, Option):
                    settings[field] = Setting(field, part, info.default, info.annotation is bool)
    return settings
