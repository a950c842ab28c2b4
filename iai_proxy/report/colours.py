"""Colours of listings on a terminal; the text is the same without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from rich.console import Console
from rich.text import Text

from iai_proxy.saying import Coloured
from iai_proxy.text import one_line

#: What is told apart on a line, and how it looks. A later one counts where two overlap.
_STYLES: Final = {
    r"^simulation \d+: .*": "bold",
    r"^endpoint +calls .*|^agent type .*": "bold",
    r"^\d+ calls? without success:|^  \d+ x .*": "red",
    r"^  \d+ (attempts?|regions?) .*": "yellow",
    r"moved by the client|sent with.* recurrent state|collision|off the road|wrong way": "yellow",
    r"^  ambiguous at step \d+:": "yellow",
    r"[▁▂▃▄▅▆▇█]+": "cyan",
}


def coloured(lines: Iterable[str]) -> Iterator[Coloured]:
    """Yield lines with the escape codes of their colours; ``NO_COLOR`` is obeyed."""
    console = Console(
        file=(file := StringIO()),
        force_terminal=True,
        color_system="standard",
        highlight=False,
        legacy_windows=False,
    )
    for line in lines:
        text = Text(one_line(line))
        for pattern, style in _STYLES.items():
            text.highlight_regex(pattern, style)
        console.print(text, soft_wrap=True, end="")
        yield Coloured(file.getvalue())
        file.seek(0)
        file.truncate()
