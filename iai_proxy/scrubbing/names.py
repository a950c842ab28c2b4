"""Words that stand for other words: the same for the same, in letters as they come.

Not in numbers: findings that differ in nothing else are joined.
"""

from __future__ import annotations

from string import ascii_lowercase


class Names:
    """Names of one kind.

    Args:
        kind: what the new names begin with.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, str] = {}

    def __call__(self, name: str, prefix: str = "") -> str:
        """Return the new name, which begins with a prefix."""
        made = f"{prefix}{self._kind}-{_letters(len(self._known))}"
        return self._known.setdefault(name, made)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._known)

    def replaced(self, text: str) -> str:
        """Return a text with the new names for all old ones in it, the longest first."""
        for name in sorted(self._known, key=len, reverse=True):
            if name:
                text = text.replace(name, self._known[name])
        return text


def _letters(number: int) -> str:
    """Return a number as spreadsheets name columns: a to z, aa, ab."""
    rest, last = divmod(number, len(ascii_lowercase))
    return (_letters(rest - 1) if rest else "") + ascii_lowercase[last]
