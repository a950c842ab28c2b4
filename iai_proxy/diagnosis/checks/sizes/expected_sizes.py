"""Which sizes are expected, and whose are new: given by the client for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from iai_proxy.diagnosis.identity import Comparison, compared
from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.equality import same_sizes
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import Sizes, sizes
from iai_proxy.diagnosis.wording import grouped

Range = tuple[float, float]

#: (length, width) by type, m, both ends excluded, as the SDK's own tool has them
#: (``logs/diagnostics.py``).
EXPECTED: Final[dict[str, tuple[Range, Range]]] = {
    "car": ((3.0, 7.0), (1.0, 3.0)),
    "pedestrian": ((0.5, 2.0), (0.5, 2.0)),
}
#: Where a car's rear axle is expected, as parts of the length, both ends excluded (likewise).
_REAR_AXLE: Final = (0.05, 0.95)


class _Drawn(PerStep[set[Sizes]]):
    """The sizes that ``initialize`` drew before a step: a client that sends them copied them."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._known: set[Sizes] = set()
        self._drawn_now: list[Sizes] = []

    def _work_out(self, view: StepView) -> set[Sizes]:
        self._known.update(self._drawn_now)
        self._drawn_now = []
        if view.is_initialize:
            sent = [sizes(given) for given in view.sent_properties]
            answered = [sizes(given) for given in view.valid_properties]
            self._drawn_now = [
                size
                for agent, size in enumerate(answered)
                if agent >= len(sent) or None in sent[agent]
            ]
        return self._known


def new_sizes(run: RunView, view: StepView) -> Iterator[tuple[int, Sizes]]:
    """Yield agents whose sizes the client gives for the first time, and egos with other sizes.

    What the client leaves to the service is None. If the beginning of a simulation was not
    recorded, ``initialize`` may have given all sizes, and none are new.
    """
    comparison, drawn = compared(run, view), run.shared(_Drawn).at(view)
    properties, base = view.sent_properties, comparison.base
    for agent in _candidates(comparison, base):
        if agent < len(properties) and (size := sizes(properties[agent])) not in drawn:
            yield agent, size


def _candidates(comparison: Comparison, base: Answered | None) -> Iterable[int]:
    view = comparison.view
    if base is None:
        is_beginning = view.is_initialize or not any(view.recurrent)
        return range(len(view.sent_properties)) if is_beginning else ()
    if comparison.identical and not view.egos:
        return ()
    if comparison.in_place and view.sent_properties == base.properties:
        return ()
    resized = [ego for ego in view.egos if _is_resized(comparison, base, ego)]
    return sorted({*comparison.newcomers, *resized})


def _is_resized(comparison: Comparison, base: Answered, agent: int) -> bool:
    """Return whether an agent has other sizes than at the previous step."""
    properties = comparison.view.sent_properties
    if agent >= min(len(comparison.owner), len(properties)):
        return False
    position = comparison.owner[agent]
    if position is None or position >= len(base.properties):
        return False
    return not same_sizes(base.sizes(position), sizes(properties[agent]))


def unexpected(size: Sizes) -> tuple[str, float] | None:
    """Return which size of a car or pedestrian is out of range, in words and in m."""
    length, width, rear, kind = size
    if kind not in EXPECTED:
        return None
    expected = EXPECTED[kind]
    for name, value, (least, most) in zip(
        ("length", "width"), (length, width), expected, strict=True
    ):
        if value is not None and not least < value < most:
            range_ = f"{least:g} to {most:g} m are expected of a {kind}"
            return f"{name} is {grouped(value)} m; {range_}{_guess(length, width, expected)}", value
    if kind == "car" and length is not None and rear is not None:
        least, most = (part * length for part in _REAR_AXLE)
        if not least < rear < most:
            offset = f"rear_axis_offset is {grouped(rear)} m at a length of {grouped(length)} m"
            return f"{offset}; {least:.2g} to {most:.2g} m are expected", rear
    return None


def _guess(length: float | None, width: float | None, expected: tuple[Range, Range]) -> str:
    """Say what a size out of range looks like."""
    if length is None or width is None:
        return ""
    if _fits(width, length, expected):
        return ": this looks like length and width exchanged"
    return ": this looks like half sizes" if _fits(2 * length, 2 * width, expected) else ""


def _fits(length: float, width: float, expected: tuple[Range, Range]) -> bool:
    (shortest, longest), (narrowest, widest) = expected
    return shortest < length < longest and narrowest < width < widest
