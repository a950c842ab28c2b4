"""A project of someone else: a test module that drives the real SDK, run by a pytest of its own.

Within this process, where the SDK and mitmproxy are imported already, save where something
process-wide is looked at.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import PRESET

from iai_proxy.sandbox.server import Sandbox

#: What a user's test module begins with. The states are written down, so that two runs can be
#: compared from outside.
PROGRAM = """
import json, pathlib, random
import pytest
import invertedai as iai
from invertedai.common import AgentProperties

LOCATION = "canada:drake_street_and_pacific_blvd"

def drive(steps=3, agents=3, name="seen.json"):
    answer = iai.initialize(LOCATION, agent_properties=[AgentProperties(agent_type="car")] * agents,
        random_seed=random.randint(1, 10**6))
    properties, seen = answer.agent_properties, []
    for _ in range(steps):
        answer = iai.drive(LOCATION, agent_states=answer.agent_states, agent_properties=properties,
            recurrent_states=answer.recurrent_states, random_seed=random.randint(1, 10**6))
        seen.append([state.tolist() for state in answer.agent_states])
    pathlib.Path(name).write_text(json.dumps(seen))
    return seen
"""


@dataclass
class Project:
    pytester: pytest.Pytester
    sandbox: Sandbox

    @property
    def folder(self) -> Path:
        return self.pytester.path

    def write(self, tests: str, name: str = "test_it") -> None:
        self.pytester.makepyfile(**{name: PROGRAM + tests})

    def run(
        self, *arguments: str, plugins: str = "", own_process: bool = False
    ) -> pytest.RunResult:
        off = [
            f"-pno:{name}"
            for name in ("recording", "socket", "xdist", "hypothesispytest", "anyio")
            if name not in plugins
        ]
        arguments = ("-p", "no:cacheprovider", *off, *arguments)
        if plugins or own_process:  # those of others don't all undo what they do
            return self.pytester.runpytest_subprocess(*arguments, timeout=120)
        return self.pytester.runpytest_inprocess(*arguments)

    def record(
        self, *arguments: str, mode: str = "once", plugins: str = "", own_process: bool = False
    ) -> pytest.RunResult:
        options = (f"--iai-record-mode={mode}", "--iai-upstream", self.sandbox.url)
        return self.run(*options, *arguments, plugins=plugins, own_process=own_process)

    def recordings(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.iairec*"))

    def left(self) -> list[str]:
        """Every file and folder that has to do with recordings, hidden or not."""
        paths = (str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))
        return sorted(path for path in paths if "recording" in path or "iai" in path)

    def seen(self) -> str:
        return (self.folder / "seen.json").read_text()


@pytest.fixture(scope="session")
def _imported() -> None:
    """Import before a pytester does: what it imports goes with it, which breaks cryptography."""
    pytest.importorskip("invertedai")
    for module in ("client.trust", "proxy.background", "proxy.record_job", "proxy.replay_job"):
        importlib.import_module(f"iai_proxy.{module}")


@pytest.fixture
def project(
    _imported: None,
    pytester: pytest.Pytester,
    sandbox: Sandbox,
    ca_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    import os

    for name in [name for name in os.environ if PRESET.match(name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IAI_PROXY_CA_DIR", str(ca_folder))
    return Project(pytester, sandbox)


def count(text: str, part: str) -> int:
    """Count a sentence in pytest's output, without the summary, which repeats first lines."""
    body = text.partition("short test summary info")[0]
    return len(re.findall(re.escape(part), body))
