"""Check 222, size-implausible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.expected_sizes import EXPECTED, new_sizes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import Sizes
from iai_proxy.diagnosis.wording import grouped

#: m, both ends included.
_LENGTH: Final = (0.2, 30.0)
_WIDTH: Final = (0.2, 4.0)


class SizeImplausible(Check):
    """The size of an agent that is neither car nor pedestrian is implausible for a road user.

    Why: what the model does with types other than ``car`` and ``pedestrian`` is not documented, but
    the box is used for distances in any case. Buses, lorries, bicycles and animals are 0.2 to 30 m
    long (road trains excepted), 0.2 to 4 m wide (wider than law allows anywhere), and no wider than
    long. Sizes that ``initialize`` drew are not checked; those of egos are whenever they change.
    The value is the size in m.

    Example: centimetres, as Unreal has them: ``length=1200`` for a bus.

    Fix: give whole lengths and widths in metres.
    """

    code = 222
    name = "size-implausible"
    severity = Severity.WARNING
    help = "Give lengths and widths in metres."
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report new sizes that no road user has."""
        for agent, size in new_sizes(self.run, view):
            kind = size[3]
            if kind not in EXPECTED and (found := _implausible(size)) is not None:
                description, value = found
                message = f"agent {agent}, of type {kind!r}, {description}"
                yield self.finding(view, message, (agent,), value)


def _implausible(size: Sizes) -> tuple[str, float] | None:
    """Return what is implausible about a size, in words and in m."""
    length, width, _, _ = size
    for name, value, (least, most) in (("length", length, _LENGTH), ("width", width, _WIDTH)):
        if value is not None and not least <= value <= most:
            description = f"has a {name} of {grouped(value)} m"
            return f"{description}; road users have {least:g} to {most:g} m", value
    if length is not None and width is not None and width > length:
        description = f"is {grouped(width)} m wide and {grouped(length)} m long"
        return f"{description}: this looks like length and width exchanged", width
    return None
