"""IAI bodies as tables in mitmproxy's own tools: mitmproxy, mitmweb, mitmdump's flow detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mitmproxy import contentviews, http
from mitmproxy.addonmanager import Loader

from iai_proxy.api import Endpoint
from iai_proxy.api.lenient_json import object_or_empty
from iai_proxy.report.body_table import body_table

#: Above mitmproxy's own view of JSON, which has 1.
_PRIORITY: Final = 2.0
_SHOWN: Final = frozenset(
    {
        Endpoint.INITIALIZE,
        Endpoint.DRIVE,
        Endpoint.LARGE_INITIALIZE,
        Endpoint.LARGE_DRIVE,
        Endpoint.BLAME,
        Endpoint.LIGHT,
        Endpoint.LOCATION_INFO,
        Endpoint.REGIONS,
    }
)


class IaiContentView:
    """A content view for mitmproxy 11, which calls it, and for 12, which calls its methods."""

    name = "IAI"
    syntax_highlight = "none"

    def __lt__(self, other: Any) -> bool:
        return self.name < str(other.name)

    def prettify(self, data: bytes, metadata: object = None) -> str:
        """Return a body as a table.

        Raises:
            ValueError: it is no JSON object. mitmproxy then shows it in another view.
        """
        body = object_or_empty(data)
        if not body:
            raise ValueError("no JSON object")
        return "\n".join(body_table(body))

    def render_priority(self, data: bytes, metadata: Any = None, **known: Any) -> float:
        """Return how well the view suits: -1 for what is no IAI call."""
        flow = known.get("flow") or getattr(metadata, "flow", None)
        if not isinstance(flow, http.HTTPFlow) or not data.lstrip().startswith(b"{"):
            return -1
        endpoint = Endpoint.of(flow.request.method, flow.request.path)
        return _PRIORITY if endpoint in _SHOWN else -1

    def __call__(self, data: bytes, **known: Any) -> tuple[str, Iterator[list[tuple[str, str]]]]:
        """Return the view's title and its lines, as mitmproxy 11 has them."""
        lines = self.prettify(data).split("\n")
        return "IAI", ([("text", line)] for line in lines)


class ContentViews:
    """Addon that brings the view along. A script that is loaded again replaces it."""

    def load(self, loader: Loader) -> None:
        """Add the view."""
        # mitmproxy 11 keeps a list, and refuses a second view of one name; 12 replaces it.
        views: Any = contentviews
        listed: list[Any] = getattr(views, "views", [])
        for known in [known for known in listed if known.name == IaiContentView.name]:
            views.remove(known)
        views.add(IaiContentView())
