"""Check 222, size-implausible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.checks.sizes.expected_sizes import EXPECTED, new_sizes
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped

_LENGTH: Final = (0.2, 30.0)
_WIDTH: Final = (0.2, 4.0)


class SizeImplausible(Check):
    """The size of an agent that is neither car nor pedestrian is implausible for a road user.

    Why: what the model does with types beyond ``car`` and ``pedestrian`` is not documented, but the
        box is used for
    distances in any case. Buses, lorries, bicycles and animals are 0.2 to 30 m long, 0.2 to 4 m
    wide (road trains excepted, wider than law allows anywhere), and no wider than long. Sizes that
    ``initialize`` drew are not looked at; those of egos are whenever they change. The value is the
    size in m.

    Example: centimetres, as Unreal has them: ``length=1200`` for a bus.

    Fix: give whole lengths and widths in metres.
    """

    code = 222
    name = "size-implausible"
    severity = Severity.WARNING
    help = "Give lengths and widths in metres."
    unit = "m"

    def step(self, view: StepView) -> Iterable[Finding]:
        """Report sizes of agents that are seen for the first time, or are egos with others than before."""
        for agent, (length, width, _, kind) in new_sizes(self.run, view):
            if kind in EXPECTED:
                continue
            for name, value, (least, most) in (
                ("length", length, _LENGTH),
                ("width", width, _WIDTH),
            ):
                if value is not None and not least <= value <= most:
                    said = f"agent {agent}, of type {kind!r}, has a {name} of {grouped(value)} m"
                    yield self.finding(
                        view, f"{said}; road users have {least:g} to {most:g} m", (agent,), value
                    )
                    break
            else:
                if length is not None and width is not None and width > length:
                    said = f"agent {agent}, of type {kind!r}, is {grouped(width)} m wide and {grouped(length)} m long"
                    yield self.finding(
                        view, f"{said}: this looks like length and width exchanged", (agent,), width
                    )
