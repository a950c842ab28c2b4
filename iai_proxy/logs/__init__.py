"""The SDKs' log formats: debug logs read and written, scenario logs written.

Reading a debug log, of either SDK, also one of gigabytes or one that a crash cut off:

- :mod:`~iai_proxy.logs.spans` finds where the items of its lists stand in the file, on
  :mod:`~iai_proxy.logs.json_scan`, which goes through JSON of any size;
- :mod:`~iai_proxy.logs.log_file` reads bodies there, without their recurrent states;
- :mod:`~iai_proxy.logs.bodies` keeps of each what lineage and pairing need;
- :mod:`~iai_proxy.logs.pairing` decides which response answers which request, by
  :mod:`~iai_proxy.logs.fit` where positions don't tell;
- :mod:`~iai_proxy.logs.reader` gives the log's calls. :mod:`~iai_proxy.logs.importing` makes a
  recording of them, :mod:`~iai_proxy.logs.observing` what diagnosis looks at.

Writing:

- :mod:`~iai_proxy.logs.export_debug_log` and :mod:`~iai_proxy.logs.debug_log_writer` write the
  SDK's debug log (``IAI_LOGGER_PATH``); :mod:`~iai_proxy.logs.sdk_shapes` turns what is on the wire
  into what the SDK logs;
- :mod:`~iai_proxy.logs.export_scenario` and :mod:`~iai_proxy.logs.scenario_writer` write a run as
  the SDK's scenario log (``LogWriter``).
"""
