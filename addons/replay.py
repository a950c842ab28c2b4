"""For mitmdump, mitmweb and mitmproxy: ``mitmdump -s addons/replay.py --set iai_recording=run.iairec``."""

from iai_proxy.mitm.scripts import ReplayScript

addons = [ReplayScript()]
