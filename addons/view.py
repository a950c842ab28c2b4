"""For mitmproxy's programs: ``mitmweb -s addons/view.py -r flows`` shows IAI bodies as tables."""

from iai_proxy.proxy.content_view import ContentViews

addons = [ContentViews()]
