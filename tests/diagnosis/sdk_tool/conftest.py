"""What tests of the SDK's report share."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from diagnosis.sdk_logs import Log, sound_log


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a log is to be written, over and over."""
    return tmp_path_factory.mktemp("logs") / "log.json"


@pytest.fixture
def log() -> Log:
    """Three cars of different sizes, three steps, nothing wrong."""
    made = sound_log(random.Random(1), agents=3, steps=3, large=False, cpp=False, numbers=152)
    car = {"agent_type": "car", "width": 2, "rear_axis_offset": 1.5}
    sizes = [
        {**agent, **car, "length": 4.5 + index}
        for index, agent in enumerate(made["drive_requests"][0]["agent_properties"])
    ]
    for body in (*made["initialize_responses"], *made["drive_requests"]):
        body["agent_properties"] = json.loads(json.dumps(sizes))
    return made
