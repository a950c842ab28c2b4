from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a recording is to be made."""
    return tmp_path / "run.iairec"
