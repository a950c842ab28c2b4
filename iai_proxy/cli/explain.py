"""``iai-proxy explain``."""

from __future__ import annotations

import click

from iai_proxy.cli.options import json_option
from iai_proxy.saying import show, show_json

#: Text is folded to the terminal's width, but is never wider than this.
_WIDEST = 100


@click.command("explain")
@click.argument("code", required=False, metavar="[CODE]")
@json_option
def command(code: str | None, as_json: bool) -> None:
    """Explain a check: what it finds, why that hurts the predictions, an example, the fix.

    CODE is its number, with or without IAI, or its name. Without it all checks are listed.

    \b
    iai-proxy explain 11
    iai-proxy explain agent-state-modified
    """
    from iai_proxy.diagnosis.registry import ALL
    from iai_proxy.diagnosis.selection import named
    from iai_proxy.report.explanations import checks_text, explained, facts

    if as_json:
        show_json([facts(check) for check in (ALL if code is None else (named(code),))])
        return
    width = _width()
    for line in checks_text(ALL, width) if code is None else explained(named(code), width):
        show(line)


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size().columns, _WIDEST)
