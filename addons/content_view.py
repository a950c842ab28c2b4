"""For mitmproxy's programs: ``mitmweb -s addons/content_view.py`` shows IAI bodies as tables."""

from iai_proxy.proxy.content_view import ContentViews

addons = [ContentViews()]
