"""The proxy itself: the only package that imports mitmproxy."""
