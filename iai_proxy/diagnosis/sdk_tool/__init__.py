"""What the SDK's ``DiagnosticTool`` prints, line for line, in linear time, two steps in memory.

- :mod:`~iai_proxy.diagnosis.sdk_tool.report`: which lists of a log it looks at, its codes, and the
  lines it prints;
- :mod:`~iai_proxy.diagnosis.sdk_tool.lookup`: how it finds agents again;
- :mod:`~iai_proxy.diagnosis.sdk_tool.tool_body`: what it takes from a request or a response;
- :mod:`~iai_proxy.diagnosis.sdk_tool.inputs`: the report of a debug log or a recording.

The tool is replicated with its quirks (SDK 0.0.22):

- It pairs requests and responses by their position in the log, whatever they belong to; of lists of
  unequal length the longer one's rest is ignored.
- An agent is taken for the first of equal ones. Two agents that agree after rounding, two cars of
  one size most of all, are therefore always reported as having changed their index.
- Python's ``round`` to 2 decimals (states) and 6 (recurrent states) decides, so 0.1 um may make a
  difference, and 9 mm none. Sizes are compared exactly; the last item of each agent's is left out,
  which is the waypoint where there are ``agent_properties``, and whatever comes last in deprecated
  ``agent_attributes``.
- If agents were modified, those of another index are not reported.
- Egos are exempt by index, unless a request's recurrent states are null: then every agent is
  reported.
- Sizes before the first request are those of the last ``large_initialize``, else of the last
  ``initialize``. Where neither is in the log, those of the first request are, and changes are
  reported a step early.
- Only what a response has and the next request lacks is looked for. 101 says that there are more
  agents; 100 is never reported.

If the tool crashes, this goes on if it can: a log that lacks what is compared is refused with an
:class:`~iai_proxy.errors.InputError` that names the place, but sizes given as ``agent_attributes``
beside null ``agent_properties`` are read, properties may lack fields, null recurrent states in a
response leave nothing to compare, and a car whose size is null has none in the expected range.
"""

from iai_proxy.diagnosis.sdk_tool.report import USED_LISTS, SdkLog, sdk_report

__all__ = ["USED_LISTS", "SdkLog", "sdk_report"]
