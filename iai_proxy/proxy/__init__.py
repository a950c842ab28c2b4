"""The proxy itself: the only part that knows mitmproxy, and the certificates that clients need for it."""
