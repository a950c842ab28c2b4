"""Finding agents again as the SDK's tool does: each is the first that equals it after rounding.

The tool rounds every number and compares every agent with every other. Here agents are looked up by
a few of their numbers, rounded, and the others are rounded only where those don't decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

#: The index of an agent that is not among the others.
ABSENT: Final = -1

Row = list[float]  # one agent's numbers


@dataclass(frozen=True, slots=True)
class Precision:
    """How numbers are rounded, and which of an agent's usually tell it from all others."""

    decimals: int
    telling: slice

    def key(self, row: Row) -> tuple[float, ...]:
        """Round the telling numbers."""
        return tuple([round(number, self.decimals) for number in row[self.telling]])

    def whole(self, row: Row) -> tuple[float, ...]:
        """Round all numbers; each NaN becomes a new one that equals no other, as in the tool."""
        return tuple([round(number, self.decimals) for number in row])


STATES: Final = Precision(2, slice(2))
RECURRENT_STATES: Final = Precision(6, slice(None, None, 38))  # 4 of 152


def first_alike(answered: Sequence[Row], sent: Sequence[Row], precision: Precision) -> list[int]:
    """Return for each answered agent the index of the first equal one that is sent, or ``ABSENT``.

    Args:
        answered: without NaN, or with a new one for each.
        sent: likewise.
        precision: of the comparison.
    """
    keys = [precision.key(row) for row in sent]
    if answered == sent and len(set(keys)) == len(keys):
        return list(range(len(keys)))
    alike: defaultdict[tuple[float, ...], list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        alike[key].append(index)
    lookup: dict[tuple[float, ...], int] = {}  # of those that the telling numbers don't tell apart
    for indices in alike.values():
        if len(indices) > 1:
            for index in indices:
                lookup.setdefault(precision.whole(sent[index]), index)
    found: list[int] = []
    for row in answered:
        indices = alike.get(precision.key(row), [])
        if len(indices) > 1:
            found.append(lookup.get(precision.whole(row), ABSENT))
        elif indices and _are_alike(row, sent[indices[0]], precision):
            found.append(indices[0])
        else:
            found.append(ABSENT)
    return found


def _are_alike(row: Row, sent: Row, precision: Precision) -> bool:
    return row == sent or precision.whole(row) == precision.whole(sent)


def first_equal(answered: Sequence[Any], sent: Sequence[Any]) -> list[int]:
    """Return for each answered value the index of the first exactly equal one that is sent."""
    lookup: dict[Hashable, int] = {}
    for index, value in enumerate(sent):
        lookup.setdefault(_hashable(value), index)
    return [lookup.get(_hashable(value), ABSENT) for value in answered]


def _hashable(value: Any) -> Hashable:
    """Return what is equal for two JSON values that are equal."""
    if isinstance(value, list):
        items = tuple(value)
        try:
            hash(items)
        except TypeError:
            return tuple(map(_hashable, items))
        return items
    if isinstance(value, dict):
        return frozenset((key, _hashable(item)) for key, item in value.items())
    hashable: Hashable = value
    return hashable
