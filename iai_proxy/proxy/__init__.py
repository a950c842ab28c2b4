"""The proxy itself: the only package that imports mitmproxy."""

from iai_proxy.proxy.few_addons import leave_out_addons

leave_out_addons()
