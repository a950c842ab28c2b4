"""The browser for all tests of served pages."""

from support.browser import browser, open_page

__all__ = ["browser", "open_page"]
