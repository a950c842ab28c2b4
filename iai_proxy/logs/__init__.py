"""The SDKs' log formats: debug logs and scenario logs, read and written.

- :mod:`~iai_proxy.logs.debug_log_text` writes the SDK's debug log (``IAI_LOGGER_PATH``),
  :mod:`~iai_proxy.logs.debug_log_reader` reads it, of both SDKs and after a crash;
- :mod:`~iai_proxy.logs.spans` finds where a log's items stand in its file, so that they can be read
  one by one;
- :mod:`~iai_proxy.logs.scenario_writer` writes a run as the SDK's scenario log (``LogWriter``), and
  :mod:`~iai_proxy.logs.scenario` is that format as a model;
- :mod:`~iai_proxy.logs.sdk_shapes` turns what is on the wire into what the SDK logs.
"""

from iai_proxy.logs.debug_log_reader import DebugLog, PairedCall, read_debug_log
from iai_proxy.logs.debug_log_text import LoggedCall, write_debug_log
from iai_proxy.logs.scenario import ScenarioDocument, read_scenario, to_json
from iai_proxy.logs.scenario_run import ScenarioActor, ScenarioAgent, ScenarioRun, ScenarioStep
from iai_proxy.logs.scenario_writer import write_scenario
from iai_proxy.logs.sdk_shapes import (
    logged_large_drive_request,
    logged_large_drive_response,
    logged_large_initialize_request,
    logged_large_initialize_response,
    logged_location_request,
)
from iai_proxy.logs.spans import Span, find_spans
from iai_proxy.logs.timestamps import debug_log_name

__all__ = [
    "DebugLog",
    "LoggedCall",
    "PairedCall",
    "ScenarioActor",
    "ScenarioAgent",
    "ScenarioDocument",
    "ScenarioRun",
    "ScenarioStep",
    "Span",
    "debug_log_name",
    "find_spans",
    "logged_large_drive_request",
    "logged_large_drive_response",
    "logged_large_initialize_request",
    "logged_large_initialize_response",
    "logged_location_request",
    "read_debug_log",
    "read_scenario",
    "to_json",
    "write_debug_log",
    "write_scenario",
]
