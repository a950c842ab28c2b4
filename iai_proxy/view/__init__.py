"""``iai-proxy view``: the page, served on this machine, live while a recording grows."""
