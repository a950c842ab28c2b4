"""``iai-proxy addon``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from iai_proxy.errors import IaiProxyError
from iai_proxy.saying import show_exactly

_PACKAGE: Final = Path(__file__).parents[1]
#: Where the folders ``addons`` and ``configs`` are: a wheel has them in the package, a checkout and
#: an editable installation beside it.
_HOMES: Final = (_PACKAGE / "shipped", _PACKAGE.parent)
_SHIPPED: Final = {
    "record": "addons/record.py",
    "replay": "addons/replay.py",
    "view": "addons/content_view.py",
    "configs": "configs",
}


@click.command("addon")
@click.argument("name", metavar="record|replay|view|configs", type=click.Choice(list(_SHIPPED)))
def command(name: str) -> None:
    """Print the path of a script for mitmproxy's own programs, or of the folder of settings files.

    \b
    mitmdump -s "$(iai-proxy addon record)" --set iai_recording=run.iairec
    mitmweb -s "$(iai-proxy addon view)" -r flows
    iai-proxy record --config "$(iai-proxy addon configs)/python-sdk.toml" -- python my_sim.py
    """
    for home in _HOMES:
        if (path := home / _SHIPPED[name]).exists():
            show_exactly(str(path))
            return
    raise IaiProxyError(
        f"this installation has no {_SHIPPED[name]}: install iai-proxy from its wheel, or run it "
        "from a checkout"
    )
