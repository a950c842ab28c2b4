"""What tests of several folders use: the command line in its own folder, one sandbox for all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.cli import Cli
from support.tries import Tries

from iai_proxy.sandbox.server import Sandbox, SandboxSettings, spawned_sandbox

if TYPE_CHECKING:
    from support.storage import Storage

pytest_plugins = ["pytester"]

# Tests start hundreds of processes of ours. If none may keep what it compiles, each does it again,
# which is a fifth of the time of such tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# With CI set the same examples are drawn at every run, so that a failure comes from the change
# itself. New ones are drawn by hand, by `make fresh`, and by `.ci/run`.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("fresh", derandomize=False, deadline=None, print_blob=True)
settings.register_profile(
    "fuzz", derandomize=False, deadline=None, print_blob=True, max_examples=3000
)
settings.load_profile(os.environ.get("EXAMPLES") or ("fixed" if os.environ.get("CI") else "fresh"))


@pytest.fixture(scope="session")
def ca_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all workers of pytest-xdist, each of which has its own base folder."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"


@pytest.fixture
def cli(tmp_path: Path, ca_folder: Path, shared_folder: Path) -> Cli:
    return Cli(tmp_path, ca_folder, shared_folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that note how often they tried something: `make soak` runs them."""
    for item in items:
        if "tries" in getattr(item, "fixturenames", ()):
            item.add_marker("tried")


@pytest.fixture
def tries(request: pytest.FixtureRequest) -> Tries:
    return Tries(request.node.nodeid)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with spawned_sandbox(SandboxSettings()) as started:
        yield started


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Storage]:
    """One stand-in for S3 for all tests of a worker; they are of the group ``s3``."""
    from support.storage import storage

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
    """An empty cache of objects, and no credentials."""
    for name in [*os.environ]:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IAI_PROXY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"
