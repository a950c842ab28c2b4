from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.offline import Served, served

from iai_proxy.client.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.ensure(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def running(authority: Authority) -> Iterator[Served]:
    with served(authority) as started:
        yield started
