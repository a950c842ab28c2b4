"""Which checks are run, and which findings fail a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.errors import UsageError, did_you_mean

#: The worst first.
_SEVERITIES: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def named(text: str) -> type[Check]:
    """Return a check by its code (``11``, ``IAI011``) or its name.

    Raises:
        UsageError: there is none.
    """
    if found := next((check for check in ALL if check.name == text.lower()), None):
        return found
    match = re.fullmatch(r"(?:IAI)?0*(\d+)", text.strip(), re.IGNORECASE)
    if match is None:
        names = [check.name for check in ALL]
        holding = [name for name in names if text.lower() in name]
        hint = f" ({' or '.join(holding)}?)" if holding else did_you_mean(text.lower(), names)
        raise UsageError(
            f"{text!r} is neither the code nor the name of a check{hint}: `iai-proxy explain`"
            " lists them"
        )
    return by_code(int(match[1]))


def selected(select: Collection[str], ignore: Collection[str]) -> tuple[type[Check], ...]:
    """Return the checks to run: all, if none is selected. Each text may name several, with commas.

    Raises:
        UsageError: a text names no check, or none is left.
    """
    if select and not _split(select):
        raise UsageError("--select names no check: leave it out for all")
    chosen = set(map(named, _split(select))) or set(ALL)
    ignored = set(map(named, _split(ignore)))
    found = tuple(check for check in ALL if check in chosen and check not in ignored)
    if not found:
        raise UsageError("--ignore leaves out all that --select chooses: no check is left")
    return found


def failing(text: str, made: Collection[type[Check]] = ALL) -> Callable[[Located], bool]:
    """Return a predicate for findings that fail the run: by severity, or by check.

    Args:
        text: the least severity, or checks as :func:`named` has them, with commas.
        made: the checks that are run.

    Raises:
        UsageError: it is neither a severity nor a check, or one that is not run and so could never
            fail.
    """
    if text in set(_SEVERITIES):
        severe = _SEVERITIES[: _SEVERITIES.index(Severity(text)) + 1]
        return lambda located: located.check.severity in severe
    try:
        wanted = set(map(named, _split([text])))
    except UsageError as error:
        raise UsageError(
            f"--fail-on takes either error, warning or info, or a list of checks: {error}"
        ) from None
    if not wanted:
        raise UsageError("--fail-on names neither a severity nor a check, and so could never fail")
    if not wanted <= set(made):
        raise UsageError(
            f"--fail-on {text} can never fail: --select or --ignore leaves that check out"
        )
    return lambda located: located.check in wanted


def _split(texts: Iterable[str]) -> list[str]:
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]
