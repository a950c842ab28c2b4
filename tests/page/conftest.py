"""The browser for all tests of the page."""

from support.browser import browser, open_page

__all__ = ["browser", "open_page"]
