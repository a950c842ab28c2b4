from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.proxy import Upstreamed, counting_server


@pytest.fixture
def upstream() -> Iterator[Upstreamed]:
    with counting_server() as server:
        yield server
