"""What sizes are expected, and whose are to be looked at: those that the client gives, at first, and egos' new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from iai_proxy.diagnosis.identity.answered import Answered, same_sizes
from iai_proxy.diagnosis.identity.comparison import Comparison, compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import Sizes, sizes
from iai_proxy.diagnosis.wording import grouped

Range = tuple[float, float]

#: m, both ends excluded: length, width by type, as the SDK's own tool has them
#: (``logs/diagnostics.py``).
EXPECTED: Final[dict[str, tuple[Range, Range]]] = {
    "car": ((3.0, 7.0), (1.0, 3.0)),
    "pedestrian": ((0.5, 2.0), (0.5, 2.0)),
}
#: Parts of the length, both excluded, between which a car's rear axle is expected there.
_REAR_AXLE: Final = (0.05, 0.95)


class _Drawn(PerStep[set[Sizes]]):
    """The sizes that ``initialize`` has drawn before a step: whoever gives them again has not made them up."""

    def __init__(self, run: RunView) -> None:
        super().__init__(run)
        self._known: set[Sizes] = set()
        self._pending: list[Sizes] = []

    def _work_out(self, view: StepView) -> set[Sizes]:
        self._known.update(self._pending)
        self._pending = []
        if view.endpoint.is_initialize:
            given = [sizes(one) for one in view.sent_properties]
            answered = [sizes(one) for one in view.valid_properties]
            self._pending = [
                one for at, one in enumerate(answered) if at >= len(given) or None in given[at]
            ]
        return self._known


def new_sizes(run: RunView, view: StepView) -> Iterator[tuple[int, Sizes]]:
    """Yield agents whose sizes the client gives for the first time, and egos to which it gives others.

    What it leaves open is None. Where a simulation's beginning is not known, ``initialize`` may
    have given all of them.
    """
    comparison, drawn = compared(run, view), run.shared(_Drawn).at(view)
    if comparison.identical and not view.egos:
        return
    properties, base = view.sent_properties, comparison.base
    if base is not None and comparison.in_place and properties == base.properties:
        return
    if base is None and not view.endpoint.is_initialize and any(view.recurrent):
        return
    if base is None:
        first: Iterable[int] = range(len(properties))
    else:
        first = sorted(
            {
                *comparison.newcomers,
                *(ego for ego in view.egos if _is_changed(comparison, base, ego)),
            }
        )
    for agent in first:
        if agent < len(properties) and (size := sizes(properties[agent])) not in drawn:
            yield agent, size


def _is_changed(comparison: Comparison, base: Answered, agent: int) -> bool:
    """Whether an agent has other sizes than at the previous step."""
    properties = comparison.view.sent_properties
    position = (
        comparison.owner[agent] if agent < min(len(comparison.owner), len(properties)) else None
    )
    if position is None or position >= len(base.properties):
        return False
    return not same_sizes(base.sizes(position), sizes(properties[agent]))


def unexpected(size: Sizes) -> tuple[str, float] | None:
    """Return what of a car's or pedestrian's size is out of range, in words and as a number; None if all is well."""
    length, width, rear, kind = size
    if kind not in EXPECTED:
        return None
    for name, value, (least, most) in zip(
        ("length", "width"), (length, width), EXPECTED[kind], strict=True
    ):
        if value is not None and not least < value < most:
            looks = _looks(length, width, EXPECTED[kind])
            return (
                f"{name} is {grouped(value)} m; {least:g} to {most:g} m are expected of a {kind}{looks}",
                value,
            )
    if kind == "car" and length is not None and rear is not None:
        least, most = (part * length for part in _REAR_AXLE)
        if not least < rear < most:
            said = f"rear_axis_offset is {grouped(rear)} m at a length of {grouped(length)} m"
            return f"{said}; {least:.2g} to {most:.2g} m are expected", rear
    return None


def _looks(length: float | None, width: float | None, expected: tuple[Range, Range]) -> str:
    """Say what sizes out of range look like."""
    if length is None or width is None:
        return ""
    for said, one, other in (
        ("length and width exchanged", width, length),
        ("half sizes", 2 * length, 2 * width),
    ):
        if all(
            least < value < most
            for value, (least, most) in zip((one, other), expected, strict=True)
        ):
            return f": this looks like {said}"
    return ""
