"""For mitmproxy's programs: ``mitmdump -s addons/replay.py --set iai_recording=run.iairec``."""

from iai_proxy.proxy.scripts import ReplayScript

addons = [ReplayScript()]
