"""``iai-proxy view``."""

from __future__ import annotations

import threading
import webbrowser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from iai_proxy.cli.options import files_argument, leave, settings_options, show_if_read
from iai_proxy.cli.reading import local_copy_of
from iai_proxy.cli.ready import ready_file
from iai_proxy.saying import say
from iai_proxy.settings.listen import Address
from iai_proxy.settings.serving import ViewSettings

if TYPE_CHECKING:
    from iai_proxy.sources import Source


@click.command("view")
@settings_options(ViewSettings)
@files_argument
def command(settings: ViewSettings, sources: tuple[Source, ...]) -> None:
    """Watch runs in the browser, live while they are recorded.

    FILE is a recording, which may still grow or not be there yet, or a scenario log. The page is
    that of `iai-proxy render -o run.html`; several files get a start page. Runs until Ctrl-C or
    SIGTERM.

    \b
    iai-proxy view --open run.iairec
    """
    from iai_proxy.view.server import serve

    files = [local_copy_of(source, click.get_current_context()) for source in sources]
    with ready_file(settings.ready_file) as file:

        def ready(url: str) -> None:
            for path in files:
                if not path.exists():
                    say(f"there is no {path} yet: its page waits for it")
            show_if_read(url)
            say("stop with Ctrl-C or SIGTERM")
            file.write(listen=Address.parse(urlsplit(url).netloc))
            if settings.open:  # some browsers run as long as they are open
                threading.Thread(target=_open, args=(url,), daemon=True).start()

        serve(files, settings, ready)
    leave(0)


def _open(url: str) -> None:
    if not webbrowser.open(url):
        say(f"no browser could be opened here: open {url} yourself")
