"""Reads settings from wherever they are given: each surface by itself, then one laid over another.

An invalid value gets the same sentence everywhere, with the name that the surface has for the
setting: ``--tolerance is -1: …``, ``iai_tolerance is -1: …``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from iai_proxy.errors import UsageError, did_you_mean
from iai_proxy.settings.base import Settings
from iai_proxy.settings.option import Setting, settings_of
from iai_proxy.settings.values import WrongPartError

S = TypeVar("S", bound=Settings)
_Names = Callable[[Setting], str]

_WHOLE: Final = "give a whole number"
#: What to give instead, by the type of pydantic's error, whose context has the limits.
_ADVICE: Final = {
    "greater_than_equal": "give a number from {ge:g}",
    "finite_number": "give a finite number",
    "float_parsing": "give a number",
    "float_type": "give a number",
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_parsing": "give true or false",
    "bool_type": "give true or false",
    "string_type": "give a text",
    "path_type": "give a path",
}


#: What Python has other words for.
_IN_PYTHON: Final = dict.fromkeys(("bool_parsing", "bool_type"), "give True or False")
#: The functions of the Python API call the file so, whatever they do with it.
_PATHS: Final = frozenset({"recording", "output"})


def from_flags(model: type[S], given: Mapping[str, Any]) -> S:
    """Read what was given on the command line, by field.

    Raises:
        UsageError: a value is invalid.
    """
    return _validated(model, given, lambda setting: setting.flag)


def from_variables(
    model: type[S], environment: Mapping[str, str], fields: Iterable[str] | None = None
) -> S:
    """Read ``IAI_PROXY_*`` variables; an empty one is none.

    Args:
        model: the command's settings.
        environment: the variables.
        fields: the settings to read; None for all that can be set by a variable.

    Raises:
        UsageError: a value is invalid.
    """
    wanted = settings_of(model).keys() if fields is None else set(fields)
    given: dict[str, Any] = {}
    for field, setting in settings_of(model).items():
        text = environment.get(setting.variable, "")
        if text and setting.option.flag and field in wanted:
            given[field] = tuple(text.split()) if setting.option.repeats else text
    return _validated(model, given, lambda setting: setting.variable)


def from_table(model: type[S], table: Mapping[str, Any], place: str) -> S:
    """Read a table of a settings file; types count: ``3`` is a number, ``"3"`` is not.

    Args:
        model: the command's settings.
        table: values by name, as TOML has them.
        place: what the table is called in messages.

    Raises:
        UsageError: a value is invalid, or there is no such setting.
    """
    by_name = {setting.name: field for field, setting in settings_of(model).items()}
    given = {}
    for name, value in table.items():
        if name not in by_name:
            hint = did_you_mean(name, by_name) or f" (there are: {', '.join(by_name)})"
            raise UsageError(f"{place} has no setting {name}{hint}")
        given[by_name[name]] = value
    return _validated(model, given, lambda setting: f"{place} {setting.name}", typed=True)


def from_addon_options(model: type[S], options: Mapping[str, Any]) -> S:
    """Read mitmproxy's options ``iai_…``; an empty one is none.

    Raises:
        UsageError: a value is invalid.
    """
    given = {
        field: value
        for field, setting in settings_of(model).items()
        if setting.option.addon and (value := options[setting.addon_option])
    }
    return _validated(model, given, lambda setting: setting.addon_option)


def from_keywords(model: type[S], keywords: Mapping[str, Any]) -> S:
    """Read keyword arguments of the Python API or of a marker.

    Raises:
        UsageError: a value is invalid.
    """
    by_keyword = {setting.keyword: field for field, setting in settings_of(model).items()}
    given = {by_keyword[keyword]: value for keyword, value in keywords.items()}
    return _validated(model, given, _argument, in_python=True)


def layered(*layers: S) -> S:
    """Lay settings over each other, the first on top; what none of them gives has its default."""
    given: dict[str, Any] = {}
    for layer in reversed(layers):
        given |= {field: getattr(layer, field) for field in layer.model_fields_set}
    return layers[0].model_copy(update=given)


def _argument(setting: Setting) -> str:
    return "path" if setting.keyword in _PATHS else setting.keyword


def _validated(
    model: type[S],
    given: Mapping[str, Any],
    name: _Names,
    *,
    typed: bool = False,
    in_python: bool = False,
) -> S:
    try:
        if typed:  # JSON knows types as TOML does, and takes a text for a path
            return model.model_validate_json(json.dumps(given, default=str), strict=True)
        return model.model_validate(given)
    except ValidationError as error:
        quoted = repr if typed or in_python else _as_typed
        known = _ADVICE | _IN_PYTHON if in_python else _ADVICE
        sentences = [_sentence(model, details, name, quoted, known) for details in error.errors()]
        raise UsageError("; ".join(sentences)) from None


def _sentence(
    model: type[S],
    details: Any,
    name: _Names,
    quoted: Callable[[Any], str],
    known: Mapping[str, str],
) -> str:
    setting = settings_of(model)[details["loc"][0]]
    ours = details.get("ctx", {}).get("error")
    advice = str(ours) if ours else _advice(details, known)
    wrong = ours.part if isinstance(ours, WrongPartError) else details["input"]
    value = "can't be used" if setting.option.secret else f"is {quoted(wrong)}"
    return f"{name(setting)} {value}: {advice}"


def _advice(details: Any, known: Mapping[str, str]) -> str:
    """Return what to give instead, in our words for the common errors that pydantic finds."""
    ours = known.get(details["type"])
    return ours.format(**details.get("ctx", {})) if ours else details["msg"]


def _as_typed(value: Any) -> str:
    """Write a value as it was given on a command line."""
    return " ".join(value) if isinstance(value, tuple) else str(value) or "empty"
