"""A log of the C++ SDK, made by hand after its ``debug_logger.cc``.

Keys are sorted, milliseconds unpadded.
"""

from __future__ import annotations

SECOND_NS = 10**9
NOON_NS = (19_844 * 86_400 + 12 * 3_600) * SECOND_NS  # 2024-05-01 12:00:00 UTC
CPP_LOG = {
    "drive_request_timestamps": ["2024-05-01_12:00:02:7_UTC"],
    "drive_requests": ['{"agent_states":[]}'],
    "drive_response_timestamps": ["2024-05-01_12:00:02:70_UTC"],
    "drive_responses": ['{"model_version":"a"}'],
    "initialize_request_timestamps": ["2024-05-01_12:00:01:0_UTC"],
    "initialize_requests": ['{"location":"l"}'],
    "initialize_response_timestamps": ["2024-05-01_12:00:01:700_UTC"],
    "initialize_responses": ['{"model_version":"b"}'],
    "location_request_timestamps": ["2024-05-01_12:00:00:0_UTC"],
    "location_requests": ['{"include_map_source":false,"location":"l"}'],
    "location_response_timestamps": ["2024-05-01_12:00:00:999_UTC"],
    "location_responses": ['{"version":"1"}'],
}
