"""Numbers and foreign text as people read them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

#: How many columns a listing takes.
WIDTH: Final = 80
#: A longer list of numbers or names, in characters, is cut.
_LONGEST_LIST: Final = 60
_BARS: Final = "▁▂▃▄▅▆▇█"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: Tabs, ends of lines, spaces of other widths; no other controls that Unicode takes for blanks.
_BLANKS: Final = re.compile(r"[^\S \x0b\x0c\x1c-\x1f\x85]+")


def encodable(text: str) -> str:
    """Return a text that can be written as UTF-8: half of a surrogate pair becomes U+FFFD.

    File names that are not UTF-8 have such halves (PEP 383), and a JSON string may have them.
    """
    return _SURROGATE.sub("\ufffd", text)


def printable(text: str) -> str:
    r"""Return a text from outside on one line and without effect on a terminal.

    What can't be seen is escaped: ``ESC`` becomes ``\x1b``. That includes characters that turn the
    direction of what follows, which can make one name look like another.
    """
    blanks = _BLANKS.sub(" ", encodable(text))
    return "".join(char if char.isprintable() else _escaped(char) for char in blanks)


def visible(text: str) -> str:
    r"""Return lines as they may be printed: what can't be seen is escaped, but for ends of lines.

    ``ESC`` becomes ``\x1b``. So does a carriage return, any character that turns the direction of
    what follows, and half of a surrogate pair.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\t" else _escaped(char) for char in text
    )


def one_line(text: str) -> str:
    r"""Return a text as :func:`visible` does, but as one line: ends of lines become ``\n``.

    Else what stands behind them could pass for a line of ours.
    """
    return visible(text).replace("\n", "\\n")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Return a count with its noun: ``1 call``, ``2 calls``; ``nouns`` is an irregular plural."""
    return f"{count} {numbered(count, noun, nouns)}"


def numbered(count: int, noun: str, nouns: str | None = None) -> str:
    """Return a noun as it stands after a count: ``call`` or ``calls``."""
    return noun if count == 1 else nouns or f"{noun}s"


def ranges(numbers: Iterable[int]) -> str:
    """Return rising numbers with runs folded: ``1-3, 7``."""
    runs = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(runs)


def cut_list(listed: str) -> str:
    """Cut a list with commas that is too long to be read: ``1, 3, 5 and 40 more``."""
    if len(listed) <= _LONGEST_LIST:
        return listed
    kept = listed[:_LONGEST_LIST].rpartition(",")[0]
    if not kept:
        return listed
    more = listed.count(",") - kept.count(",")
    return f"{kept} and {more} more"


def folded(line: str, indent: str = "  ") -> list[str]:
    """Fold a line to the width of a terminal, between words: a path that is cut can't be copied.

    Args:
        line: it may be indented itself.
        indent: of the lines that follow.
    """
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def first_few(texts: Iterable[str], count: int) -> str:
    """Return the first texts, and how many more there are: ``a, b, c and 4 more``."""
    listed = list(texts)
    shown = ", ".join(listed[:count])
    more = len(listed) - count
    return f"{shown} and {more} more" if more > 0 else shown


def sparkline(values: Sequence[float]) -> str:
    """Return values from 0 up as bars, a character each; the highest is full."""
    most = max(values, default=0.0)
    if most <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[min(int(value / most * len(_BARS)), len(_BARS) - 1)] for value in values)


def size(count: int) -> str:
    """Return a number of bytes in decimal units."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.3g} {unit}"
    return f"{value / 1000:.3g} TB"


def moment(time_ns: int) -> str:
    """Return a time (nanoseconds since the epoch) in UTC, to the millisecond."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d}Z"
