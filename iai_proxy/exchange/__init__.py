"""Frozen values: one HTTP request with its response or failure, exactly as it travelled.

Bodies are bytes and are parsed only on reading, so that a fault in a model can never damage a recording and a
field or endpoint that the API adds tomorrow is recorded all the same.
"""

from iai_proxy.exchange.endpoint import ENDPOINTS, LARGE, api_path, endpoint_of, has_api_prefix
from iai_proxy.exchange.model import NOT_LOGGED, RETRIED_STATUSES, Call, Exchange, Headers, Request, Response, header

__all__ = [
    "ENDPOINTS",
    "LARGE",
    "NOT_LOGGED",
    "RETRIED_STATUSES",
    "Call",
    "Exchange",
    "Headers",
    "Request",
    "Response",
    "api_path",
    "endpoint_of",
    "has_api_prefix",
    "header",
]
