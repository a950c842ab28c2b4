"""The formats of others: HAR, MCAP, a test for pytest.

HAR, which browsers and mitmproxy write (HTTP Archive 1.2):

- :mod:`~iai_proxy.formats.har_entries` makes entries of exchanges, and
  :mod:`~iai_proxy.formats.har_exchanges` exchanges of entries;
- :mod:`~iai_proxy.formats.export_har` and :mod:`~iai_proxy.formats.import_har` go through the file,
  an entry at a time; :mod:`~iai_proxy.formats.har_file` finds where entries stand.

MCAP, which Foxglove and Lichtblick play: :mod:`~iai_proxy.formats.export_mcap` writes a branch step
by step, of what :mod:`~iai_proxy.formats.mcap_scenes`, :mod:`~iai_proxy.formats.mcap_ground` and
:mod:`~iai_proxy.formats.mcap_steps` make of a scene's values. These need the extra ``mcap``.

A test: :mod:`~iai_proxy.formats.export_pytest` writes it, with the client's calls if
:mod:`~iai_proxy.formats.sdk_calls` finds that they are those of an ordinary program.

:mod:`~iai_proxy.formats.foreign_calls` makes a recording of what was read of anyone's file; those
of mitmproxy's flows are read in :mod:`iai_proxy.proxy.flow_files`.
"""
