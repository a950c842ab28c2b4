"""Debug logs of the real SDK, and what importing makes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from iai_proxy.api import Exchange
from iai_proxy.logs.importing import Imported, import_debug_log
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox

Log = dict[str, list[str]]

PLAIN = """
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:drake_street_and_pacific_blvd"
iai.location_info(location, rendering_fov=120, rendering_center=(1.5, -2))
cars = [AgentProperties(agent_type="car")] * 4
response = iai.initialize(location, agent_properties=cars, random_seed=5)
properties = response.agent_properties
for step in range(8):
    try:
        response = iai.drive(location, agent_states=response.agent_states,
            agent_properties=properties, recurrent_states=response.recurrent_states,
            random_seed=step)
    except iai.error.InvertedAIError:
        pass
"""

LARGE = """
import invertedai as iai
from invertedai.common import AgentType
location = "sandbox:grid"
regions = iai.get_regions_default(location, agent_count_dict={AgentType.car: 130},
    area_shape=(150, 150), random_seed=5)
response = iai.large_initialize(location, regions, random_seed=5, display_progress_bar=False)
properties = response.agent_properties
for step in range(4):
    response = iai.large_drive(location, agent_states=response.agent_states,
        agent_properties=properties, recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        get_infractions=True, random_seed=7, async_api_calls=False)
"""


def logged(folder: Path, sandbox: Sandbox, program: str) -> Log:
    """The debug log of the real SDK."""
    clean = {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
    logs = folder / "logs"
    env = {**clean, "IAI_LOGGER_PATH": str(logs), "IAI_DEV": "1", "IAI_DEV_URL": sandbox.url}
    subprocess.run(
        [sys.executable, "-c", program], env=env, check=True, timeout=120, capture_output=True
    )
    (file,) = logs.glob("*.json")
    log: Log = json.loads(file.read_text())
    return log


def imported(folder: Path, log: object) -> tuple[Imported, list[Exchange]]:
    (folder / "log.json").write_text(log if isinstance(log, str) else json.dumps(log))
    result = import_debug_log(folder / "log.json", folder / "out.iairec")
    with Recording(folder / "out.iairec") as recording:
        return result, list(recording.exchanges())


def true_pairs(log: Log, model: str = "drive") -> list[tuple[str, str | None]]:
    """Of a log whose calls were made one after another and all answered."""
    return sorted(zip(log[f"{model}_requests"], log[f"{model}_responses"], strict=True))
