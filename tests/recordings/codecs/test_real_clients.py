"""Bodies as the SDKs write them: the C++ SDK's own example, and the Python SDK's client."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from support.packed import Store

#: A genuine log; see ``tests/logs/test_cpp_case.py``.
CPP = Path(__file__).parents[2] / "logs" / "cpp-sdk-20-steps.json.xz"


@pytest.fixture(scope="module")
def log() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(lzma.decompress(CPP.read_bytes()))
    return found


def test_each_call_of_the_cpp_sdk_refers_to_the_one_before(log: dict[str, list[str]]) -> None:
    """Its numbers are the sandbox's of then: doubles, printed by nlohmann's library."""
    store = Store()
    store.add(log["initialize_responses"][0].encode())
    requests, texts, packed = [], 0, 0
    for request, response in zip(log["drive_requests"], log["drive_responses"], strict=True):
        for body in (request.encode(), response.encode()):
            codec, size = store.add(body)
            assert codec == "agents"
            texts += len(body)
            packed += size
        requests.append(store.packed_size(request.encode()))
    store.all_come_back()
    assert max(requests[1:]) < 1200
    # Half of the text is the answers', whose doubles take 7 bytes of 19 characters.
    assert packed < texts * 0.24
