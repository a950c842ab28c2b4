"""HAR 1.2 as a JSON schema, from the text of its specification (W3C draft "HTTP Archive format").

Stricter than the usual schemas: besides the fields of the specification there may only be fields
whose names begin with an underscore, as it asks of those of applications.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": -1}  # -1: not known
PHASE = {"type": "number", "minimum": -1}
DURATION = {"type": "number", "minimum": 0}
MOMENT = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}


def record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional, "comment": TEXT},
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def many(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


NAMED = record({"name": TEXT, "value": TEXT})
COOKIE = record(
    {"name": TEXT, "value": TEXT},
    path=TEXT, domain=TEXT, expires=MOMENT, httpOnly={"type": "boolean"},
    secure={"type": "boolean"},
)  # fmt: skip
PROGRAM = record({"name": TEXT, "version": TEXT})
PARAM = record({"name": TEXT}, value=TEXT, fileName=TEXT, contentType=TEXT)
POST_DATA = record({"mimeType": TEXT, "text": TEXT}, params=many(PARAM))
REQUEST = record(
    {
        "method": TEXT,
        "url": {"type": "string", "pattern": r"^[!-~]+$"},
        "httpVersion": TEXT,
        "cookies": many(COOKIE),
        "headers": many(NAMED),
        "queryString": many(NAMED),
        "headersSize": COUNT,
        "bodySize": COUNT,
    },
    postData=POST_DATA,
)
CONTENT = record(
    {"size": {"type": "integer", "minimum": 0}, "mimeType": TEXT},
    compression={"type": "integer"}, text=TEXT, encoding=TEXT,
)  # fmt: skip
RESPONSE = record(
    {
        "status": {"type": "integer"},
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": many(COOKIE),
        "headers": many(NAMED),
        "content": CONTENT,
        "redirectURL": TEXT,
        "headersSize": COUNT,
        "bodySize": COUNT,
    }
)
TIMINGS = record(
    {"send": DURATION, "wait": DURATION, "receive": DURATION},
    blocked=PHASE, dns=PHASE, connect=PHASE, ssl=PHASE,
)  # fmt: skip
ENTRY = record(
    {
        "startedDateTime": MOMENT,
        "time": DURATION,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": record({}),
        "timings": TIMINGS,
    },
    pageref=TEXT, serverIPAddress=TEXT, connection=TEXT,
)  # fmt: skip
LOG = record(
    {"version": {"const": "1.2"}, "creator": PROGRAM, "entries": many(ENTRY)},
    browser=PROGRAM, pages=many({"type": "object"}),
)  # fmt: skip
HAR = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["log"],
    "properties": {"log": LOG},
    "additionalProperties": False,
}
