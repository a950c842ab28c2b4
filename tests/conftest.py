"""What tests of several folders use: the command line in a folder of its own, and one sandbox for all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.cli import Cli

from iai_proxy.sandbox.server import Sandbox, SandboxSettings, spawned_sandbox

pytest_plugins = ["pytester"]

# The same examples at every run of CI, so that a failure there is the change's own; new ones at
# every run by hand.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("by-hand", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "by-hand")


@pytest.fixture(scope="session")
def ca_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture
def cli(tmp_path: Path, ca_folder: Path) -> Cli:
    return Cli(tmp_path, ca_folder)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with spawned_sandbox(SandboxSettings()) as started:
        yield started
