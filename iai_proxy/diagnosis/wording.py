"""Numbers, lists and verbs in the sentences of findings."""

from __future__ import annotations

from collections.abc import Sequence


def listed(agents: Sequence[int], most: int = 5) -> str:
    """Name agents: ``agent 3``, ``agents 3, 4 and 7``, ``agents 0, 1, 2, 3, 4 and 95 more``."""
    if len(agents) == 1:
        return f"agent {agents[0]}"
    names = [str(agent) for agent in agents]
    if len(agents) > most + 1:
        names = [*names[:most], f"{len(agents) - most} more"]
    return f"agents {enumerated(names)}"


def enumerated(parts: Sequence[str]) -> str:
    """Join parts of a sentence: ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def verb(subjects: Sequence[object], singular: str, plural: str) -> str:
    """Return the form of a verb that fits the number of subjects."""
    return singular if len(subjects) == 1 else plural


def grouped(value: float) -> str:
    """Return a number with no more digits than matter: ``3 520``, ``35.2``, ``0.004``."""
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"
