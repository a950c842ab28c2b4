"""The HTML that is served: the page of a run, the start page and what that needs."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from iai_proxy.page import page_html
from iai_proxy.page.bundle import asset

_ASSETS: Final = files("iai_proxy.view") / "assets"
#: What the page allows itself, in an element that browsers read; ``frame-ancestors`` only counts
#: in a header.
_POLICY_ELEMENT: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
_START_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def run_page() -> Response:
    """Return the page of a run; it asks for its data by addresses relative to its own."""
    page, policy = _run_page()
    return _page(page, policy)


def start_page() -> Response:
    """Return the start page."""
    return _page(_asset("start.html"), _START_POLICY)


async def start_script(_: Request) -> Response:
    """Return the start page's script."""
    return Response(_asset("start.js"), media_type="text/javascript")


async def readable_script(_: Request) -> Response:
    """Return the module of the page that the start page's script needs too."""
    return Response(asset("readable.js"), media_type="text/javascript")


async def start_style(_: Request) -> Response:
    """Return the start page's style."""
    return Response(_asset("start.css"), media_type="text/css")


@cache
def _run_page() -> tuple[str, str]:
    page = page_html()
    (policy,) = _POLICY_ELEMENT.findall(page)
    return page, policy


def _page(page: str, policy: str) -> Response:
    headers = {"content-security-policy": f"{policy}; frame-ancestors 'none'"}
    return HTMLResponse(page, headers=headers)


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text("utf-8")
