"""The formats of others: HAR, MCAP, a test for pytest.

HAR, which browsers and mitmproxy write (HTTP Archive 1.2):

- :mod:`~iai_proxy.formats.har_entries` makes entries of exchanges, and
  :mod:`~iai_proxy.formats.har_exchanges` exchanges of entries;
- :mod:`~iai_proxy.formats.export_har` and :mod:`~iai_proxy.formats.import_har` go through the file,
  an entry at a time; :mod:`~iai_proxy.formats.har_file` finds where entries stand.

:mod:`~iai_proxy.formats.foreign_calls` makes a recording of what was read of anyone's file; those
of mitmproxy's flows are read in :mod:`iai_proxy.proxy.flow_files`.
"""
