"""What the API is: endpoints, fields, limits, exchanges, and when two requests are the same.

Frozen values. Bodies are bytes and are parsed only on reading, so that a fault in a model can never
damage a recording, and a field or endpoint that the API adds tomorrow is recorded all the same.
"""

from iai_proxy.api.body import LazyBody
from iai_proxy.api.canonical import (
    canonical_body,
    canonical_json,
    canonical_query,
    parsed,
)
from iai_proxy.api.difference import Difference, differences, differences_of_values, value_text
from iai_proxy.api.endpoint import Endpoint, api_path, has_api_prefix, method_for, query_of
from iai_proxy.api.exchange import (
    FOR_MAPS,
    FROM_LOG,
    NOT_LOGGED,
    RETRIED_STATUSES,
    Call,
    Exchange,
    Request,
    Response,
)
from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.headers import Headers, header
from iai_proxy.api.keys import (
    DEFAULT_IGNORED,
    KEY_VERSION,
    RequestKeys,
    raw_key,
    request_keys,
)
from iai_proxy.api.lenient_json import parse_json, parse_object

__all__ = [
    "DEFAULT_IGNORED",
    "FOR_MAPS",
    "FROM_LOG",
    "KEY_VERSION",
    "NOT_LOGGED",
    "RECURRENT",
    "RETRIED_STATUSES",
    "Call",
    "Difference",
    "Endpoint",
    "Exchange",
    "Headers",
    "LazyBody",
    "Request",
    "RequestKeys",
    "Response",
    "api_path",
    "canonical_body",
    "canonical_json",
    "canonical_query",
    "differences",
    "differences_of_values",
    "has_api_prefix",
    "header",
    "method_for",
    "parse_json",
    "parse_object",
    "parsed",
    "query_of",
    "raw_key",
    "request_keys",
    "value_text",
]
