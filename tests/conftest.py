"""What tests of several folders use: the command line in a folder of its own, and one sandbox for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Cli

from iai_proxy.sandbox.server import Sandbox, SandboxSettings, spawned_sandbox


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
