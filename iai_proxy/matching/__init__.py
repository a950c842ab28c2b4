"""When are two requests the same? Canonical forms, request keys, and what to say where they differ."""

from iai_proxy.matching.canonical import (
    canonical_body,
    canonical_json,
    canonical_query,
    parse_json,
)
from iai_proxy.matching.difference import Difference, differences, differences_of_values
from iai_proxy.matching.keys import DEFAULT_IGNORED, KEY_VERSION, RequestKeys, parsed, raw_key, request_keys
from iai_proxy.matching.recurrent import RECURRENT, parse_apart

__all__ = [
    "DEFAULT_IGNORED",
    "KEY_VERSION",
    "RECURRENT",
    "Difference",
    "RequestKeys",
    "canonical_body",
    "canonical_json",
    "canonical_query",
    "differences",
    "differences_of_values",
    "parse_apart",
    "parse_json",
    "parsed",
    "raw_key",
    "request_keys",
]
