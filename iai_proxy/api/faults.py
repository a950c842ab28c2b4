"""The language of ``--fault``: which calls are answered wrongly on purpose, and how.

``ENDPOINT:WHEN:WHAT``, parts after the endpoint in any order::

    drive:every=10:status=503          every tenth call of drive is answered 503
    drive:step=30:status=500:times=3   calls 30, 31 and 32 of drive are answered 500
    drive:delay=2s                     every call of drive is answered 2 s late
    *:step=5:drop                      the fifth call of all gets no answer: its connection closes

Calls are counted from 1, for each endpoint by itself; for ``*`` over all endpoints. ``times`` is
how many calls in a row with ``step``, and else how often the fault happens at all.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.api import Endpoint
from iai_proxy.errors import UsageError

#: Those of the API itself, and ``*`` for all of them.
ENDPOINTS: Final = (
    Endpoint.LOCATION_INFO,
    Endpoint.INITIALIZE,
    Endpoint.DRIVE,
    Endpoint.BLAME,
    Endpoint.LIGHT,
    Endpoint.TEST,
    Endpoint.KEY_CHECK,
    "*",
)
_NAMES: Final = {
    "every": "every=N",
    "step": "step=N",
    "times": "times=N",
    "status": "status=CODE",
    "delay": "delay=TIME",
    "drop": "drop",
}
_DELAY: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s)", re.ASCII)
_COUNT: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_STATUS: Final = re.compile(r"[45]\d\d", re.ASCII)
_EXAMPLE: Final = "drive:every=10:status=503"
_LONGEST_DELAY_S: Final = 3600.0


@dataclass(frozen=True)
class FaultRule:
    """One ``--fault``. At most one of ``status`` and ``drop`` is set; either may have a delay."""

    endpoint: str  # one of ENDPOINTS
    every: int | None = None
    step: int | None = None
    times: int | None = None
    status: int | None = None
    delay_s: float = 0.0
    drop: bool = False

    @classmethod
    def parse(cls, spec: str) -> FaultRule:
        """Read a rule such as ``drive:every=10:status=503``.

        Raises:
            UsageError: it can't be read, or makes no sense. The message says why, and shows a right
                one.
        """
        endpoint, *parts = spec.split(":")
        if endpoint not in ENDPOINTS:
            raise _refusal(f"there is no endpoint {endpoint!r}, only {', '.join(ENDPOINTS)}")
        values = _values(parts)
        rule = cls(
            endpoint,
            every=_count("every", values),
            step=_count("step", values),
            times=_count("times", values),
            status=_status(values),
            delay_s=_seconds(values["delay"]) if "delay" in values else 0.0,
            drop="drop" in values,
        )
        rule._refuse_nonsense()
        return rule

    def __str__(self) -> str:
        """Return the rule as ``parse`` reads it."""
        counts = [
            f"{word}={value}"
            for word in ("every", "step", "status", "times")
            if (value := getattr(self, word))
        ]
        delay = [f"delay={self.delay_s:.3f}s"] if self.delay_s else []
        return ":".join([self.endpoint, *counts, *delay, *(["drop"] if self.drop else [])])

    def happens_at(self, call: int) -> bool:
        """Return whether the fault happens at the ``call``-th call (from 1) of its endpoint."""
        if self.step is not None:
            return self.step <= call < self.step + (self.times or 1)
        every = self.every or 1
        return call % every == 0 and (self.times is None or call // every <= self.times)

    def _refuse_nonsense(self) -> None:
        if self.status is None and not self.delay_s and not self.drop:
            raise _refusal("it does not say what happens: status=CODE, delay=2s or drop")
        if self.drop and self.status is not None:
            raise _refusal("a dropped connection has no status")
        if self.every is not None and self.step is not None:
            raise _refusal("'every' and 'step' exclude each other")


class FaultPlan:
    """The rules of a server, and its count of calls so far. Safe to use from several threads."""

    def __init__(self, rules: Sequence[FaultRule]) -> None:
        self._rules = tuple(rules)
        self._calls: Counter[str] = Counter()
        self._happened: Counter[FaultRule] = Counter()
        self._lock = threading.Lock()

    def next_call(self, endpoint: str) -> FaultRule | None:
        """Count one call of an endpoint, and return the first rule that happens at it."""
        with self._lock:
            self._calls.update((endpoint, "*"))
            for rule in self._rules:
                if rule.endpoint in (endpoint, "*") and rule.happens_at(self._calls[rule.endpoint]):
                    self._happened[rule] += 1
                    return rule
        return None

    @property
    def happened(self) -> int:
        """How many calls met a rule."""
        return self._happened.total()

    @property
    def never_happened(self) -> list[tuple[FaultRule, int]]:
        """The rules that no call met, each with the number of calls that it counted."""
        return [
            (rule, self._calls[rule.endpoint]) for rule in self._rules if rule not in self._happened
        ]


def _values(parts: Sequence[str]) -> dict[str, str]:
    """Return the parts by name, as text."""
    values: dict[str, str] = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if name not in _NAMES or bool(equals) is (name == "drop"):
            raise _refusal(
                f"{part!r} is no part of a fault: there are {', '.join(_NAMES.values())}"
            )
        if name in values:
            raise _refusal(f"{name!r} is given twice")
        values[name] = text
    return values


def _count(name: str, values: dict[str, str]) -> int | None:
    text = values.get(name)
    if text is not None and not _COUNT.fullmatch(text):
        raise _refusal(f"{name}={text!r} is not a whole number from 1")
    return None if text is None else int(text)


def _status(values: dict[str, str]) -> int | None:
    text = values.get("status")
    if text is not None and not _STATUS.fullmatch(text):
        raise _refusal(f"status={text!r} is not a status of a failure, 400 to 599")
    return None if text is None else int(text)


def _seconds(text: str) -> float:
    match = _DELAY.fullmatch(text)
    if match is None:
        raise _refusal(f"delay={text!r} is not a time such as 2s or 250ms")
    seconds = round(float(match[1]) * (0.001 if match[2] == "ms" else 1.0), 3)
    if not 0 < seconds <= _LONGEST_DELAY_S:
        raise _refusal("a delay is from 1ms to 3600s")
    return seconds


def _refusal(why: str) -> UsageError:
    return UsageError(f"{why}; give a fault such as {_EXAMPLE}")
