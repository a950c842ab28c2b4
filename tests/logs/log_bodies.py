"""Bodies of a log, read as a log's are, from memory."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iai_proxy.api import Endpoint
from iai_proxy.logs.bodies import BodyReader, LogBody
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.log_file import LogFile


def log_body(
    body: Mapping[str, Any], model: Endpoint, *, is_answer: bool = False, query: str = ""
) -> LogBody:
    """A request or answer as the only one of its log."""
    text = json.dumps(json.dumps(body)).encode()
    problems: list[str] = []
    reader = BodyReader(LogFile(io.BytesIO(text)), problems)
    read = reader.read(Span(0, len(text)), model, 1, is_answer=is_answer)
    assert read is not None
    return replace(read, query=query)
