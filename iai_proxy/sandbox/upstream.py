"""Where calls for the API go: the API itself, another address, or a sandbox of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from iai_proxy.api.hosts import Upstream
from iai_proxy.settings.serving import SandboxSettings


@contextmanager
def opened_upstream(
    upstream: Upstream | Literal["sandbox"] | None, settings: SandboxSettings | None = None
) -> Iterator[Upstream | None]:
    """Give the address that `upstream` stands for while the block runs; None for the client's own.

    Args:
        upstream: as a command's settings have it; for ``"sandbox"`` one is started.
        settings: of that sandbox; None for the defaults.
    """
    if upstream == "sandbox":
        from iai_proxy.sandbox.server import spawned_sandbox  # with a web server

        with spawned_sandbox(settings or SandboxSettings()) as sandbox:
            yield Upstream.parse(sandbox.url)
    else:
        yield upstream
