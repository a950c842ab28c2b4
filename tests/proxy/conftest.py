from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.large_rig import Rig
from support.proxy import Upstreamed, counting_server
from support.watchdog import watched_loop

from iai_proxy.client.authority import Authority


@pytest.fixture
def upstream() -> Iterator[Upstreamed]:
    with counting_server() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.ensure(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def rig(tmp_path: Path, authority: Authority, upstream: Upstreamed) -> Rig:
    return Rig(tmp_path / "run.iairec", authority, upstream)


@pytest.fixture(autouse=True)
def held() -> Iterator[list[str]]:
    """The callbacks that took the proxy's thread for more than 50 ms; none may, as all wait."""
    with watched_loop() as held:
        yield held
    assert held == []
