"""A cache of its own for each test, and one stand-in for S3 for all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.storage import Storage, storage


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Storage]:
    with storage() as running:
        yield running


@pytest.fixture
def s3(s3_server: Storage, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """An empty bucket that obstore is led to."""
    for name, value in s3_server.variables.items():
        monkeypatch.setenv(name, value)
    s3_server.empty()
    return s3_server


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    for name in [*os.environ]:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IAI_PROXY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"
