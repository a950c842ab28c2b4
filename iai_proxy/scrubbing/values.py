"""Rules: how the values of a field are disguised.

A rule returns None for a value that is not of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from iai_proxy.scrubbing.disguise import Disguise, is_word

Rule = Callable[[Disguise, Any], Any]

#: Of a light or an agent, as a key.
_NUMBER_KEY: Final = re.compile(r"-?\d{1,20}", re.ASCII)


def applied(rule: Rule, disguise: Disguise, field: str, value: Any) -> Any:
    """Return what a rule makes of a value; null stays null.

    ``field`` is where the value stands, for the count of what was not understood.
    """
    if value is None:
        return None
    found = rule(disguise, value)
    return disguise.not_understood(field, value) if found is None else found


def number(_: Disguise, value: Any) -> Any:
    """Keep a number, true and false."""
    return value if isinstance(value, int | float) else None


def word(_: Disguise, value: Any) -> Any:
    """Keep a word of the API's."""
    return value if isinstance(value, str) and is_word(value) else None


def location(disguise: Disguise, value: Any) -> Any:
    """Rename a location."""
    return disguise.place(value) if isinstance(value, str) else None


def light(disguise: Disguise, value: Any) -> Any:
    """Renumber a light or a sign, be it a number or its text."""
    if isinstance(value, str) and _NUMBER_KEY.fullmatch(value):
        return str(disguise.light(int(value)))
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return disguise.light(value) if is_number else None


def agent(_: Disguise, value: Any) -> Any:
    """Keep the index of an agent, as the text that a key is."""
    return value if _NUMBER_KEY.fullmatch(value) else None


def x(disguise: Disguise, value: Any) -> Any:
    """Move an x, m."""
    return disguise.motion.x(value) if _is_number(value) else None


def y(disguise: Disguise, value: Any) -> Any:
    """Move a y, m."""
    return disguise.motion.y(value) if _is_number(value) else None


def heading(disguise: Disguise, value: Any) -> Any:
    """Turn an orientation, rad."""
    return disguise.motion.heading(value) if _is_number(value) else None


def each(rule: Rule, field: str) -> Rule:
    """Return a rule for lists of any length."""

    def found(disguise: Disguise, value: Any) -> Any:
        if not isinstance(value, list):
            return None
        return [applied(rule, disguise, field, entry) for entry in value]

    return found


def columns(rules: Sequence[Rule], field: str) -> Rule:
    """Return a rule for lists whose places have a meaning; what stands behind them is unknown."""

    def found(disguise: Disguise, value: Any) -> Any:
        if not isinstance(value, list):
            return None
        known = [
            applied(rule, disguise, field, entry) for rule, entry in zip(rules, value, strict=False)
        ]
        unknown = (applied(_nothing, disguise, field, entry) for entry in value[len(rules) :])
        return [*known, *unknown]

    return found


def members(rules: Mapping[str, Rule]) -> Rule:
    """Return a rule for objects; a member without a rule is unknown."""

    def found(disguise: Disguise, value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        made = {}
        for name, member in disguise.without(value).items():
            if name in rules:
                made[name] = applied(rules[name], disguise, name, member)
            elif disguise.not_understood(name, member) is not None or disguise.keep_unknown:
                made[name] = member
        return made

    return found


def keyed(keys: Rule, rule: Rule, field: str) -> Rule:
    """Return a rule for objects whose keys have a rule of their own."""

    def found(disguise: Disguise, value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        made = {}
        for key, entry in value.items():
            known = keys(disguise, key)
            if known is not None:
                made[known] = applied(rule, disguise, field, entry)
            elif disguise.not_understood(field, entry) is not None:
                made[key] = entry
        return made

    return found


def either(*rules: Rule) -> Rule:
    """Return a rule for values of several kinds: the first that takes it counts."""

    def found(disguise: Disguise, value: Any) -> Any:
        made = (rule(disguise, value) for rule in rules)
        return next((value for value in made if value is not None), None)

    return found


def _nothing(_: Disguise, __: Any) -> Any:
    """Take no value at all."""
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
