"""For mitmproxy's programs: ``mitmdump -s addons/record.py --set iai_recording=run.iairec``."""

from iai_proxy.proxy.scripts import RecordScript

addons = [RecordScript()]
