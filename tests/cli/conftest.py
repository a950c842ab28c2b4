from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Cli
from support.proxy import Upstreamed, counting_server


@pytest.fixture(scope="session")
def ca_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture
def cli(tmp_path: Path, ca_folder: Path) -> Cli:
    return Cli(tmp_path, ca_folder)


@pytest.fixture
def upstream() -> Iterator[Upstreamed]:
    with counting_server() as server:
        yield server
