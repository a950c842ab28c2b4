"""A browser for tests of the page: Debian's Chromium, driven by Playwright.

Without Chromium these tests are skipped, with a reason; in CI they fail. Use ``open_page``: it
fails a test on any error in the page's console, and on any request that is not the page's own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
WIDE = (1280, 800)
NARROW = (390, 844)
#: How long a condition may take to hold on a machine that is busy with other tests.
_PATIENCE_MS = 20_000


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Start Chromium, with a profile of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing = "the page's tests need Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=_PATIENCE_MS)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module."""
    with launched_browser() as started:
        yield started


class Watched:
    """Opens pages, and keeps what they complain of and what they request."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._origins: set[str] = set()

    def __call__(
        self, url: str, *, size: tuple[int, int] = WIDE, theme: str = "light", ready: bool = True
    ) -> Page:
        """Open an address in a new window, and wait until the page shows a step.

        Args:
            size: of the window, in pixels.
            theme: ``light`` or ``dark``: what the system prefers.
            ready: whether to wait.
        """
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
        )
        self._origins.add(_origin(url))
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url)
        if ready:
            page.wait_for_selector("html[data-ready]")
        return page

    def _note(self, message: object) -> None:
        if getattr(message, "type", "") in ("error", "warning"):
            self.complaints.append(str(getattr(message, "text", message)))

    def check(self) -> None:
        """Fail on any complaint, and on any request elsewhere."""
        foreign = [url for url in self.requests if not self._own(url)]
        assert not self.complaints, self.complaints
        assert not foreign, foreign

    def _own(self, url: str) -> bool:
        return url.startswith("data:") or _origin(url) in self._origins


def _origin(url: str) -> str:
    """Return the server of an address; a file is its own, without its fragment."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return parts._replace(fragment="").geturl()
    return f"{parts.scheme}://{parts.netloc}"


OpenPage = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Watched]:
    """Open pages; afterwards the test fails on errors in a console and on foreign requests."""
    watched = Watched(browser)
    yield watched
    for context in browser.contexts:
        context.close()
    watched.check()
