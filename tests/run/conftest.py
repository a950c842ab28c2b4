"""A recording of a program on the real SDK, which wrote its own debug log meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scene.programs import PROGRAM
from support.cli import Cli
from support.recorded import recorded

import iai_proxy
from iai_proxy.run import Run
from iai_proxy.sandbox.server import Sandbox


@pytest.fixture
def held(cli: Cli, sandbox: Sandbox) -> list[dict[str, Any]]:
    """What the SDK's objects held: steps 0 to 8, then 4 and 5 of another branch."""
    pytest.importorskip("invertedai")
    printed = recorded(cli, sandbox.url, PROGRAM, env={"IAI_LOGGER_PATH": "."})
    written: list[dict[str, Any]] = json.loads(printed.splitlines()[-1])
    return written


@pytest.fixture
def path(cli: Cli, held: object) -> Path:
    return cli.folder / "run.iairec"


@pytest.fixture
def run(path: Path) -> Iterator[Run]:
    with iai_proxy.open(path) as opened:
        yield opened


@pytest.fixture
def debug_log(path: Path) -> dict[str, list[str]]:
    """The SDK's own: of each call the request and the response as JSON."""
    (log,) = path.parent.glob("iai_log_*.json")
    written: dict[str, list[str]] = json.loads(log.read_text())
    return written
