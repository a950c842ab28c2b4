from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.proxy import Upstreamed, counting_server

from iai_proxy.mitm.authority import Authority


@pytest.fixture
def upstream() -> Iterator[Upstreamed]:
    with counting_server() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.ensure(tmp_path_factory.mktemp("ca"))
